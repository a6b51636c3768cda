#include "tui/loadfile.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_SIZE = 256 * 1024 };

static bool copy_bytes(int from, int to, struct error *err)
{
    char *buffer = mem_resize(NULL, COPY_SIZE, 1);
    ssize_t count = 0;
    bool ok = true;

    while (ok && (count = read(from, buffer, COPY_SIZE)) > 0)
        ok = fileio_write_all(to, buffer, (size_t)count, err);
    if (ok && count < 0)
        ok = error_set_errno(err, ERROR_IO, errno, "cannot read the log");
    free(buffer);
    return ok;
}

void loadfile_copy(struct loaded *loaded, const struct load_job *job)
{
    struct error *err = &loaded->error;
    int from = open(job->text, O_RDONLY | O_CLOEXEC), to = -1;

    free(loaded->text);
    loaded->text = mem_text(job->other);
    if (from < 0) {
        error_set_errno(err, ERROR_IO, errno, "cannot read '%s'", job->text);
        return;
    }
    to = open(job->other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0)
        error_set_errno(err, ERROR_INPUT, errno, "cannot save as '%s'",
                        job->other);
    else if (!copy_bytes(from, to, err))
        unlink(job->other);
    if (to >= 0)
        close(to);
    close(from);
}

void loadfile_write(struct loaded *loaded, const struct load_job *job)
{
    (void)!fileio_replace(AT_FDCWD, job->other, job->text, strlen(job->text),
                          job->kind == LOAD_CLIP ? 0600 : 0644, FILEIO_LAZY,
                          &loaded->error);
    free(loaded->text);
    loaded->text = mem_text(job->other);
}
