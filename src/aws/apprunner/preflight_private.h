/*
 * What the files of the preflight share. Nobody else includes this.
 *
 * A check is a row of a table: its name, and a function that looks and says
 * what it found. Rows run in order and may use what earlier ones left in the
 * `struct preflight`; what cannot be asked is unknown and fails nothing, so
 * that one missing thing is told once.
 */
#ifndef STEPDECK_AWS_APPRUNNER_PREFLIGHT_PRIVATE_H
#define STEPDECK_AWS_APPRUNNER_PREFLIGHT_PRIVATE_H

#include "aws/apprunner/deployment.h"
#include "aws/apprunner/servicefile.h"
#include "aws/ecr.h"
#include "aws/iam.h"

enum preflight_verdict { PREFLIGHT_UNKNOWN, PREFLIGHT_PASS, PREFLIGHT_FAIL };

struct preflight_finding {
    enum preflight_verdict verdict;
    char *found; /* "repository 'web' is there"; NULL: nothing was looked at */
    char *mend;  /* the command, or the sentence, that mends it; may be NULL */
    char *warning; /* for the run's warnings although it passed; may be NULL */
};

struct preflight {
    struct deployment *deployment;
    struct step_context *context;
    struct client *client; /* NULL: AWS cannot be asked */
    struct docker *docker; /* NULL: no daemon */
    bool has_looked;       /* deployment->service can be relied on */
    struct ecr_repository repository;
    struct servicefile file;
    /* ARNs, borrowed: configured, else of the live service; may be NULL. */
    const char *access_role, *instance_role;
};

struct preflight_check {
    const char *name;
    void (*look)(struct preflight *preflight,
                 struct preflight_finding *finding);
};

/* Ended by a NULL name. */
extern const struct preflight_check preflight_local[];
extern const struct preflight_check preflight_cloud[];
extern const struct preflight_check preflight_service[];
extern const struct preflight_check preflight_roles[];
extern const struct preflight_check preflight_secrets[];

/* ---- preflight.c: saying what was found ------------------------------- */

void preflight_pass(struct preflight_finding *finding, const char *format, ...)
    PRINTF_LIKE(2, 3);
void preflight_fail(struct preflight_finding *finding, const char *format, ...)
    PRINTF_LIKE(2, 3);
void preflight_unknown(struct preflight_finding *finding, const char *format,
                       ...) PRINTF_LIKE(2, 3);
void preflight_mend(struct preflight_finding *finding, const char *format, ...)
    PRINTF_LIKE(2, 3);
void preflight_warn(struct preflight_finding *finding, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* The finding of an error: what is missing, refused or wrong fails, what could
 * not be asked (ERROR_IO, ERROR_CANCELLED) is unknown. Its hint mends. */
void preflight_error(struct preflight_finding *finding,
                     const struct error *err);
void preflight_finding_release(struct preflight_finding *finding);

/* "pass     docker: ...", and the line that mends; to free, the second may be
 * NULL. */
char *preflight_line(const char *name, const struct preflight_finding *finding);
char *preflight_mend_line(const struct preflight_finding *finding);

/* ---- preflight_service.c ---------------------------------------------- */

/* Whether a service may be created under that name. */
bool preflight_is_service_name(const char *name);

/* ---- preflight_roles.c ------------------------------------------------ */

/* Simulates what `principal` may do. All allowed passes; what is denied is
 * unknown with a warning, for the simulation does not see everything
 * (aws-reference 4). */
struct preflight_permission {
    const char *principal; /* an ARN */
    const char *who;       /* "you", "the instance role" */
    const char *const *actions;
    size_t count;
    const char *resource; /* NULL: any */
};
void preflight_simulate(struct preflight *preflight,
                        const struct preflight_permission *permission,
                        struct preflight_finding *finding);

#endif
