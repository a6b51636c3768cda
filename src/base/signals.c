#include "base/signals.h"

#include "base/fileio.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static int pipe_fds[2] = { -1, -1 };
static const int caught[] = { SIGINT,  SIGTERM,  SIGHUP,
                              SIGQUIT, SIGWINCH, SIGTSTP };
enum { ALWAYS_CAUGHT = 4 };

static void (*also_told)(void);

static void note_signal(int number)
{
    unsigned char byte = (unsigned char)number;
    int before = errno;

    if (also_told)
        also_told();
    (void)!write(pipe_fds[1], &byte, 1);
    errno = before;
}

void signals_tell(void (*function)(void))
{
    also_told = function;
}

void signals_catch(int number, bool on)
{
    struct sigaction action = { .sa_handler = on ? note_signal : SIG_DFL,
                                .sa_flags = SA_RESTART };

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

bool signals_install(struct error *err)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    if (pipe_fds[0] < 0 && !fileio_pipe(pipe_fds, true, err))
        return false;
    for (size_t i = 0; i < ALWAYS_CAUGHT; i++) {
        struct sigaction before;

        /* nohup(1) asked for HUP to be ignored; so be it. */
        sigaction(caught[i], NULL, &before);
        if (caught[i] != SIGHUP || before.sa_handler != SIG_IGN)
            signals_catch(caught[i], true);
    }
    sigaction(SIGPIPE, &ignore, NULL);
    /* A limit on file sizes is to us what a full disk is. */
    sigaction(SIGXFSZ, &ignore, NULL);
    return true;
}

int signals_fd(void)
{
    return pipe_fds[0];
}

int signals_take(void)
{
    unsigned char byte;

    return read(pipe_fds[0], &byte, 1) == 1 ? byte : 0;
}

static void change_mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        sigaddset(&set, caught[i]);
    pthread_sigmask(how, &set, NULL);
}

void signals_block(void)
{
    change_mask(SIG_BLOCK);
}

void signals_unblock(void)
{
    change_mask(SIG_UNBLOCK);
}
