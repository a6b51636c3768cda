/*
 * How things stand in the cloud, in the words that plain lines and screens
 * share: rows of a label and a text, from what target_status() gives.
 *
 *     struct cloud_words words = { 0 };
 *     cloud_words_make(&words, cloud, &err);
 *     for each words.rows[i]: show label, text by its tone
 *     cloud_words_release(&words);
 *
 * Texts may hold foreign bytes: make them safe when they are shown. Values
 * only, no threads.
 */
#ifndef STEPDECK_CORE_CLOUDWORDS_H
#define STEPDECK_CORE_CLOUDWORDS_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

enum cloud_tone {
    CLOUD_PLAIN,
    CLOUD_STRONG,
    CLOUD_GOOD,
    CLOUD_DOUBT, /* worth a look */
    CLOUD_QUIET
};

struct cloud_row {
    const char *label; /* constant; "" where the row goes on */
    char *text;
    enum cloud_tone tone;
};

struct cloud_words {
    struct cloud_row *rows;
    size_t count, capacity;
};

/* `cloud` NULL: why nothing is known (`err`). */
void cloud_words_make(struct cloud_words *words, const json_t *cloud,
                      const struct error *err);
void cloud_words_release(struct cloud_words *words);

/* What a verdict means, a sentence without its end; NULL for any other word. */
const char *cloud_verdict_words(const char *verdict);
enum cloud_tone cloud_verdict_tone(const char *verdict);

/* "acme/web:9e1a2b4", "acme/web@sha256:40e436a1b7d0": an image without its
 * registry, and of a digest what tells it apart; to free. */
char *cloud_image_words(const char *image);
/* Which image a run was about, from the summary of its end: "image 9e1a2b4
 * (sha256:40e436a1b7d0), before it sha256:77aa..."; "" when it was about none;
 * to free. */
char *cloud_run_words(const char *verdict, const json_t *summary);
/* "sha256:40e436a1b7d0"; to free. */
char *cloud_digest_words(const char *digest);

#endif
