/* Checks of the secrets that the service reads at its start. */
#include "aws/apprunner/preflight_private.h"

#include "aws/secretsmanager.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "core/project.h"

#include <stdlib.h>
#include <string.h>

static void look_at_file(struct preflight *preflight,
                         struct preflight_finding *finding)
{
    struct error err = { 0 };

    if (!servicefile_load(preflight->deployment->request->project,
                          &preflight->file, &err)) {
        preflight_error(finding, &err);
        /* A file of the project's that cannot be read is not unknown. */
        finding->verdict = PREFLIGHT_FAIL;
        return;
    }
    preflight_pass(finding, "variables: %zu, secrets: %zu",
                   json_object_size(preflight->file.environment),
                   json_object_size(preflight->file.secrets));
}

/* Of the live service, with the file's over them; to json_decref(). */
static json_t *all_secrets(const struct preflight *preflight)
{
    const json_t *source =
        json_object_get(preflight->deployment->service, "SourceConfiguration");
    const json_t *image = json_object_get(
        json_object_get(source, "ImageRepository"), "ImageConfiguration");
    json_t *live = json_object_get(image, "RuntimeEnvironmentSecrets");
    json_t *secrets = json_object(), *value;
    const char *name;
    void *next;

    if (json_is_object(live))
        json_object_update(secrets, live);
    if (preflight->file.secrets)
        json_object_update(secrets, preflight->file.secrets);
    /* A null takes one away from the service. */
    json_object_foreach_safe(secrets, next, name, value)
    {
        if (!json_is_string(value))
            json_object_del(secrets, name);
    }
    return secrets;
}

/* Other texts are SSM parameters.
 * https://docs.aws.amazon.com/apprunner/latest/dg/env-variable-manage.html */
static bool is_secret(const char *reference)
{
    return strncmp(reference, "arn:", 4) == 0 &&
           strstr(reference, ":secretsmanager:");
}

/* ---- there ------------------------------------------------------------ */

static bool is_arn(const char *reference)
{
    return strncmp(reference, "arn:", 4) == 0;
}

struct secrets_seen {
    size_t good;
    struct strbuf failed, unknown; /* "TOKEN: there is no such secret" */
    struct strbuf parameters;      /* of the Systems Manager: not looked at */
    char *mend;
};

static void add_to(struct strbuf *list, const char *name, const char *text)
{
    strbuf_addf(list, "%s%s: %s", list->len ? "; " : "", name, text);
}

static void see_secret(struct client *client, const char *name,
                       const char *reference, struct secrets_seen *seen)
{
    struct secret secret = { 0 };
    struct error err = { 0 };

    if (!secretsmanager_describe(client, reference, &secret, &err)) {
        if (err.code == ERROR_NOT_FOUND) {
            add_to(&seen->failed, name, "there is no such secret");
            if (!seen->mend)
                seen->mend = mem_format("create it, or mend %s in "
                                        "SERVICE_CONFIG (it names %s)",
                                        name, reference);
        } else {
            add_to(&seen->unknown, name, err.message);
        }
    } else if (secret.is_deleted) {
        add_to(&seen->failed, name, "is scheduled for deletion");
        if (!seen->mend)
            seen->mend = mem_format("aws secretsmanager restore-secret "
                                    "--secret-id %s",
                                    secret.arn ? secret.arn : reference);
    } else {
        seen->good++;
    }
    secret_release(&secret);
}

static void judge_seen(const struct secrets_seen *seen, size_t count,
                       struct preflight_finding *finding)
{
    if (seen->failed.len)
        preflight_fail(finding, "%s", strbuf_text(&seen->failed));
    else if (seen->unknown.len)
        preflight_unknown(finding, "%s", strbuf_text(&seen->unknown));
    else if (seen->parameters.len)
        preflight_unknown(finding, "%s", strbuf_text(&seen->parameters));
    else if (count)
        preflight_pass(finding, "found: %zu of %zu", seen->good, count);
    else
        preflight_pass(finding, "none");
    if (seen->mend)
        preflight_mend(finding, "%s", seen->mend);
    else if (seen->unknown.len)
        preflight_mend(finding, "allow secretsmanager:DescribeSecret to have "
                                "them looked at");
    else if (seen->parameters.len)
        preflight_mend(finding, "see that each names a parameter of this "
                                "region, and is not the secret itself");
}

static void look_at_secrets(struct preflight *preflight,
                            struct preflight_finding *finding)
{
    json_t *secrets, *value;
    struct secrets_seen seen = { 0 };
    const char *name;

    if (!preflight->client) {
        preflight_unknown(finding, "AWS cannot be asked");
        return;
    }
    secrets = all_secrets(preflight);
    json_object_foreach(secrets, name, value)
    {
        const char *reference = json_string_value(value);

        if (is_secret(reference))
            see_secret(preflight->client, name, reference, &seen);
        else
            add_to(&seen.parameters, name,
                   is_arn(reference) ? "a parameter, not looked at"
                                     : "no ARN, so taken for the name of a "
                                       "parameter; not looked at");
    }
    judge_seen(&seen, json_object_size(secrets), finding);
    strbuf_release(&seen.failed);
    strbuf_release(&seen.unknown);
    strbuf_release(&seen.parameters);
    free(seen.mend);
    json_decref(secrets);
}

/* ---- readable --------------------------------------------------------- */

/* The secret's own ARN, without the JSON key and version behind it:
 * arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:KEY[:STAGE[:ID]]] */
static char *resource_of(const char *reference)
{
    const char *name = reference;

    for (int i = 0; name && i < 6; i++) {
        name = strchr(name, ':');
        name = name ? name + 1 : NULL;
    }
    if (!name)
        return mem_text(reference);
    return mem_bytes(reference,
                     (size_t)(name - reference) + strcspn(name, ":"));
}

static void simulate_reading(struct preflight *preflight, const char *reference,
                             struct preflight_finding *finding)
{
    static const char *const actions[] = { "secretsmanager:GetSecretValue" };
    char *resource = resource_of(reference);
    struct preflight_permission permission = {
        .principal = preflight->instance_role,
        .who = "the instance role",
        .actions = actions,
        .count = 1,
        .resource = resource,
    };

    preflight_simulate(preflight, &permission, finding);
    free(resource);
}

/* Stops at the first that may not be read: the others are told by the next
 * preflight. */
static void look_at_reading(struct preflight *preflight,
                            struct preflight_finding *finding)
{
    json_t *secrets = all_secrets(preflight), *value;
    const char *name;

    if (!preflight->client) {
        preflight_unknown(finding, "AWS cannot be asked");
    } else if (!json_object_size(secrets)) {
        preflight_pass(finding, "no secrets to read");
    } else if (!preflight->instance_role && preflight->has_looked) {
        preflight_fail(finding, "the service has secrets, and no instance "
                                "role to read them with");
        preflight_mend(finding, "set INSTANCE_ROLE_ARN to a role that trusts "
                                "tasks.apprunner.amazonaws.com and may "
                                "secretsmanager:GetSecretValue");
    } else if (!preflight->instance_role) {
        preflight_unknown(finding, "the instance role is not known");
    } else {
        json_object_foreach(secrets, name, value)
        {
            const char *reference = json_string_value(value);

            if (is_secret(reference) &&
                (!finding->found || finding->verdict == PREFLIGHT_PASS))
                simulate_reading(preflight, reference, finding);
        }
    }
    if (!finding->found)
        preflight_unknown(finding, "parameters are not looked at");
    json_decref(secrets);
}

const struct preflight_check preflight_secrets[] = {
    { "service file", look_at_file },
    { "secrets", look_at_secrets },
    { "secret access", look_at_reading },
    { NULL, NULL },
};
