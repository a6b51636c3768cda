#include "tui/loadsetup.h"

#include "base/fileio.h"
#include "base/mem.h"
#include "core/project.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* The project: -C has been followed already. */
static const char here[] = ".";

static void drop_files(struct load_setup *job)
{
    if (job->files)
        setup_files_release(job->files);
    free(job->files);
    job->files = NULL;
}

static void drop_result(struct load_setup *job)
{
    if (job->result)
        setup_result_release(job->result);
    free(job->result);
    job->result = NULL;
}

void loadsetup_release(struct load_setup *job)
{
    setup_free(job->setup);
    drop_files(job);
    drop_result(job);
    *job = (struct load_setup){ 0 };
}

/* Which steps there are matters for words only: a folder that cannot be read
 * has none. */
static void look_for_steps(struct load_setup *job)
{
    int fd = open(here, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct strvec names = { 0 };

    job->has_steps = job->has_own_setup = false;
    if (fd >= 0 && !fileio_list(fd, &names, NULL))
        strvec_release(&names);
    for (size_t i = 0; i < names.count; i++) {
        char *id;
        int number;

        if (!step_parse_file_name(names.items[i], &id, &number))
            continue;
        if (number == STEP_SETUP_NUMBER)
            job->has_own_setup = true;
        else
            job->has_steps = true;
        free(id);
    }
    strvec_release(&names);
    if (fd >= 0)
        close(fd);
}

/* The cloud has been asked by LOAD_OFFERS: nobody waits for it here. */
static struct setup *look(struct load_setup *job, struct error *err)
{
    const struct setup_request request = { .dir = here };

    look_for_steps(job);
    return setup_new(&request, err);
}

/* What the user has said, and nothing that was a default: those may be others
 * by now. */
static bool say_again(struct setup *setup, const struct setup *before,
                      struct error *err)
{
    for (const struct setup_question *row = setup_questions(); row->key;
         row++) {
        if (setup_is_answered(before, row->key) &&
            !setup_answer(setup, row->key, setup_value(before, row->key), err))
            return false;
    }
    return setup_go(setup, NULL);
}

static bool look_again(struct load_setup *job, struct error *err)
{
    struct setup *setup = look(job, err);

    if (!setup)
        return false;
    if (!say_again(setup, job->setup, err)) {
        setup_free(setup);
        return false;
    }
    setup_free(job->setup);
    job->setup = setup;
    return true;
}

static void make_files(struct load_setup *job, struct error *err)
{
    struct setup_files files = { 0 };

    drop_files(job);
    if ((job->anew && !look_again(job, err)) ||
        !setup_plan(job->setup, &files, err))
        return;
    job->files = mem_new(1, sizeof(*job->files));
    *job->files = files;
}

static void write_files(struct load_setup *job, struct error *err)
{
    drop_result(job);
    job->result = mem_new(1, sizeof(*job->result));
    /* The caller sees a failure by `err`. */
    (void)!setup_write(job->files, job->result, err);
}

void loadsetup_do(struct load_setup *job, struct error *err)
{
    if (!job->setup)
        job->setup = look(job, err);
    else if (job->files && job->writes)
        write_files(job, err);
    else
        make_files(job, err);
}

void loadsetup_offers(struct load_setup *job, struct cancel *cancel,
                      struct error *err)
{
    const struct setup_request request = { .dir = here,
                                           .asks_clouds = true,
                                           .cancel = cancel };

    job->setup = setup_new(&request, err);
}
