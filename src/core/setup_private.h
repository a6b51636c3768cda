/* What the files of setup share among themselves. See setup.h. */
#ifndef STEPDECK_CORE_SETUP_PRIVATE_H
#define STEPDECK_CORE_SETUP_PRIVATE_H

#include "base/strbuf.h"
#include "core/envfile.h"
#include "core/setup.h"

/* A configuration file of the project, as it was when setup began. */
struct setup_existing {
    char *name; /* relative to the project */
    struct strbuf text;
    bool is_there;
    struct envfile entries; /* with the values in the chosen environment */
};

/* The configuration files, a lower number hiding a higher one. */
enum { SETUP_OVERLAY_RANK, SETUP_MACHINE_RANK, SETUP_SHARED_RANK, SETUP_RANKS };

/* What setup knows about a question at this moment. */
struct setup_slot {
    char *answer;       /* NULL: none yet */
    const char *value;  /* the answer, or borrowed from `choices`, or "" */
    const char *origin; /* borrowed from `choices` */
    bool is_asked;
    struct setup_choice *choices; /* owns its texts */
    size_t choice_count, choice_capacity;
};

/* A struct setup_offer that owns its texts. */
struct setup_offered {
    char *key, *value, *origin;
    char *when_key, *when_value;
    enum setup_rank rank;
};

/* The answer to a key of the configuration that no question asks for. */
struct setup_extra {
    const char *key; /* the row of config_keys() */
    char *value;
};

struct setup {
    char *dir;
    const struct clock *clock;
    struct setup_existing machine, shared;
    struct setup_existing *overlays; /* environments/NAME.env */
    size_t overlay_count, overlay_capacity;
    /* Those that count in `environment`; NULL for one that is not there. */
    struct setup_existing *ranked[SETUP_RANKS];
    char *environment;
    struct setup_slot *slots; /* one for each question */
    struct setup_offered *offers;
    size_t offer_count, offer_capacity;
    struct setup_extra *extras;
    size_t extra_count, extra_capacity;
    size_t at;     /* the question asked now; the number of rows: the review */
    bool is_ready; /* the slots are kept up to date */
    bool has_terraform, has_aws;
};

/* ---- setup_questions.c ---- */

/* The row of a question, -1 for none. */
int setup_row(const char *key);
size_t setup_row_count(void);
/* What every answer to a key must be: one line, and what the configuration
 * demands of it. */
NODISCARD bool setup_check_text(const char *key, const char *value,
                                struct error *err);

/* ---- setup.c ---- */

/* Whether it is a question or a key of the configuration. */
bool setup_knows(const char *key);
/* Works all slots out anew, after a return to answers that were there. */
void setup_refresh(struct setup *setup);

/* ---- setup_existing.c ---- */

/* Reads the configuration files. */
NODISCARD bool setup_existing_read(struct setup *setup, struct error *err);
/* Works their values out as they are in that environment. */
NODISCARD bool setup_existing_choose(struct setup *setup,
                                     const char *environment,
                                     struct error *err);
/* The value in the file that counts, and that file's name; NULL for none. */
const char *setup_existing_value(const struct setup *setup, const char *key,
                                 const char **name);
void setup_existing_release(struct setup *setup);

/* ---- setup_detect.c ---- */

/* Offers what the machine and the project tell. */
void setup_detect(struct setup *setup);

#endif
