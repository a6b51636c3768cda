#include "core/awsprofiles.h"

#include "base/fileio.h"
#include "base/inifile.h"
#include "base/mem.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static struct awsprofile *find(struct awsprofiles *profiles, const char *name)
{
    for (size_t i = 0; i < profiles->count; i++) {
        if (strcmp(profiles->items[i].name, name) == 0)
            return &profiles->items[i];
    }
    return NULL;
}

static struct awsprofile *add(struct awsprofiles *profiles, const char *name)
{
    struct awsprofile *profile = find(profiles, name);

    if (profile)
        return profile;
    profiles->items = mem_grow(profiles->items, profiles->count,
                               &profiles->capacity, sizeof(*profiles->items));
    profile = &profiles->items[profiles->count++];
    *profile = (struct awsprofile){ .name = mem_text(name) };
    return profile;
}

/* A name as it stands, or in quotes, without the blanks around it. */
static char *plain_name(const char *text)
{
    size_t size;

    text += strspn(text, " \t");
    size = strlen(text);
    while (size && strchr(" \t", text[size - 1]))
        size--;
    if (size >= 2 && strchr("\"'", text[0]) && text[size - 1] == text[0]) {
        text++;
        size -= 2;
    }
    return size ? mem_bytes(text, size) : NULL;
}

/* The profile that a section is about, to free; NULL for `[sso-session x]` and
 * the like. Only the config writes `profile` before the name. */
static char *profile_of(enum awsprofiles_file kind, const char *section)
{
    static const char word[] = "profile";
    size_t size = sizeof(word) - 1;
    char *name = plain_name(section);
    bool is_default = name && strcmp(name, "default") == 0;

    if (kind == AWSPROFILES_CREDENTIALS || is_default)
        return name;
    free(name);
    section += strspn(section, " \t");
    if (strncmp(section, word, size) == 0 && section[size] &&
        strchr(" \t", section[size]))
        return plain_name(section + size);
    return NULL;
}

struct visit {
    struct awsprofiles *profiles;
    enum awsprofiles_file kind;
};

static bool visit_value(void *context, int line, const char *section,
                        const char *name, const char *value)
{
    struct visit *visit = context;
    char *profile_name = profile_of(visit->kind, section);
    struct awsprofile *profile;

    (void)line;
    if (!profile_name)
        return true;
    profile = add(visit->profiles, profile_name);
    if (strcmp(name, "region") == 0 && awsprofiles_is_region(value) &&
        !profile->region)
        profile->region = mem_text(value);
    free(profile_name);
    return true;
}

bool awsprofiles_parse(struct awsprofiles *profiles, enum awsprofiles_file kind,
                       const char *text, size_t size, struct error *err)
{
    struct visit visit = { .profiles = profiles, .kind = kind };

    return inifile_parse(text, size, visit_value, &visit, NULL, err);
}

char *awsprofiles_path(enum awsprofiles_file kind)
{
    static const struct {
        const char *variable, *name;
    } places[] = {
        [AWSPROFILES_CONFIG] = { "AWS_CONFIG_FILE", "config" },
        [AWSPROFILES_CREDENTIALS] = { "AWS_SHARED_CREDENTIALS_FILE",
                                      "credentials" },
    };
    const char *given = getenv(places[kind].variable);
    const char *home = getenv("HOME");
    bool has_home = home && *home;

    if (given && strcmp(given, "/dev/null") == 0)
        return NULL;
    if (given && strncmp(given, "~/", 2) == 0 && has_home)
        return mem_format("%s/%s", home, given + 2);
    if (given && *given)
        return mem_text(given);
    return has_home ? mem_format("%s/.aws/%s", home, places[kind].name) : NULL;
}

static bool read_file(struct awsprofiles *profiles, enum awsprofiles_file kind,
                      struct error *err)
{
    char *path = awsprofiles_path(kind);
    struct strbuf text = { 0 };
    struct error reading = { 0 };
    bool ok;

    if (!path)
        return true;
    ok = fileio_read(AT_FDCWD, path, INIFILE_SIZE_LIMIT, &text, &reading);
    if (ok) {
        profiles->has_files = true;
        ok = awsprofiles_parse(profiles, kind, strbuf_text(&text), text.len,
                               &reading) ||
             error_wrap(&reading, "'%s'", path);
    } else if (reading.code == ERROR_NOT_FOUND) {
        ok = true;
    }
    if (!ok && err && !error_is_set(err))
        *err = reading;
    /* The file holds keys that nobody needs here any longer. */
    strbuf_wipe(&text);
    free(path);
    return ok;
}

bool awsprofiles_read(struct awsprofiles *profiles, struct error *err)
{
    bool config = read_file(profiles, AWSPROFILES_CONFIG, err);
    bool credentials = read_file(profiles, AWSPROFILES_CREDENTIALS, err);

    return config && credentials;
}

void awsprofiles_release(struct awsprofiles *profiles)
{
    for (size_t i = 0; i < profiles->count; i++) {
        free(profiles->items[i].name);
        free(profiles->items[i].region);
    }
    free(profiles->items);
    *profiles = (struct awsprofiles){ 0 };
}

/* ---- regions ---------------------------------------------------------- */

/* letters(-letters)+-digits */
bool awsprofiles_is_region(const char *text)
{
    size_t words = 0;

    if (strlen(text) > 40)
        return false;
    while (islower((unsigned char)*text)) {
        while (islower((unsigned char)*text))
            text++;
        words++;
        if (*text++ != '-')
            return false;
    }
    if (words < 2 || !isdigit((unsigned char)*text))
        return false;
    return text[strspn(text, "0123456789")] == '\0';
}

/* The end of the list is NULL. */
static const char *const regions[] = {
    "us-east-1",      "us-east-2",      "us-west-1",
    "us-west-2",      "ca-central-1",   "ca-west-1",
    "mx-central-1",   "sa-east-1",      "eu-central-1",
    "eu-central-2",   "eu-north-1",     "eu-south-1",
    "eu-south-2",     "eu-west-1",      "eu-west-2",
    "eu-west-3",      "af-south-1",     "il-central-1",
    "me-central-1",   "me-south-1",     "ap-east-1",
    "ap-east-2",      "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ap-south-1",     "ap-south-2",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6",
    "ap-southeast-7", "us-gov-east-1",  "us-gov-west-1",
    "cn-north-1",     "cn-northwest-1", NULL,
};

const char *const *awsprofiles_regions(void)
{
    return regions;
}

bool awsprofiles_knows_region(const char *text)
{
    for (size_t i = 0; regions[i]; i++) {
        if (strcmp(regions[i], text) == 0)
            return true;
    }
    return false;
}
