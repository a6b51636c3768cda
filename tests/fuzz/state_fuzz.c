/* A state folder in which anybody may have written anything: STEP.status,
 * STEP.json, checkpoints.log and lock, parted by the byte 0x1f. Reading it
 * never fails and never gives more than the formats have; writing a checkpoint
 * over it makes it readable again. */
#include "base/fileio.h"
#include "core/lock.h"
#include "core/state.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP "step-010-network"

/* 2026-11-21T17:00:00Z */
#define NOW_MS INT64_C(1795280400000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char project[] = "/tmp/state_fuzz.XXXXXX";

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void remove_project(void)
{
    (void)!fileio_remove_tree(AT_FDCWD, project, NULL);
}

static void make_project(void)
{
    static bool is_made;

    if (is_made)
        return;
    is_made = true;
    demand(mkdtemp(project) != NULL);
    demand(atexit(remove_project) == 0);
}

static void put(int dir_fd, const char *name, const char *bytes, size_t size)
{
    demand(fileio_replace(dir_fd, name, bytes, size, 0600, FILEIO_LAZY, NULL));
}

static void write_files(int dir_fd, const char *bytes, size_t size)
{
    static const char *const names[] = { STEP ".status", STEP ".json",
                                         "checkpoints.log", "lock" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *end = size ? memchr(bytes, 0x1f, size) : NULL;
        size_t length = end && i < 3 ? (size_t)(end - bytes) : size;

        put(dir_fd, names[i], bytes, length);
        length += end && i < 3;
        bytes += length;
        size -= length;
    }
}

static void read_step(const struct state *state)
{
    struct error warning = { 0 };
    enum step_status status = state_status(state, STEP, &warning);
    json_t *record;

    demand(status_is_stored(status));
    if (error_is_set(&warning))
        demand(status == STATUS_PENDING && strstr(warning.message, STEP));
    error_clear(&warning);
    record = state_record(state, STEP, &warning);
    demand(!record || json_is_object(record));
    if (error_is_set(&warning))
        demand(!record && strstr(warning.message, STEP ".json") &&
               *warning.hint);
    json_decref(record);
}

static void read_lock(int dir_fd)
{
    json_t *holder = NULL;
    char *text;

    demand(!lock_inspect(dir_fd, &holder));
    demand(!holder || json_is_object(holder));
    text = lock_holder_text(holder);
    demand(*text != '\0');
    free(text);
    json_decref(holder);
}

static void write_over(struct state *state)
{
    json_t *record = json_object();

    json_object_set_new(record, "attempts", json_integer(7));
    demand(state_checkpoint(state, STEP, STATUS_IN_PROGRESS, record, NOW_MS,
                            NULL));
    json_decref(record);
}

static void read_again(void)
{
    struct error warning = { 0 };
    struct state *state = state_open(project, NULL, STATE_READ, &warning);
    json_t *record;

    demand(state_status(state, STEP, &warning) == STATUS_IN_PROGRESS);
    record = state_record(state, STEP, &warning);
    demand(json_integer_value(json_object_get(record, "attempts")) == 7);
    demand(!error_is_set(&warning));
    json_decref(record);
    state_free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state *state;

    make_project();
    state = state_open(project, NULL, STATE_WRITE, NULL);
    demand(state_fd(state) >= 0);
    write_files(state_fd(state), (const char *)data, size);
    read_step(state);
    read_lock(state_fd(state));
    write_over(state);
    state_free(state);
    read_again();
    return 0;
}
