#include "emulator/rollout.h"

#include "base/clock.h"
#include "base/jsonx.h"
#include "base/mem.h"
#include "emulator/forward.h"
#include "emulator/operations.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_THRESHOLD = 5, REAL_WAIT_MS = 1000, TEXT_SIZE = 1024 };

static const json_t *service_of(const struct rollout *rollout)
{
    return json_object_get(operations_entry(rollout->emulator, rollout->arn),
                           "Service");
}

static const json_t *image_of(const struct rollout *rollout)
{
    const json_t *source =
        json_object_get(service_of(rollout), "SourceConfiguration");

    return json_object_get(source, "ImageRepository");
}

/* "/aws/apprunner/NAME/ID/KIND"; to free. */
static char *group_of(const struct rollout *rollout, const char *kind)
{
    const json_t *service = service_of(rollout);

    return mem_format("/aws/apprunner/%s/%s/%s",
                      jsonx_text(service, "ServiceName", ""),
                      jsonx_text(service, "ServiceId", ""), kind);
}

/* The wording of App Runner's own lines, as public issues quote them:
 * https://github.com/aws/apprunner-roadmap/issues/46 */
static void tell(const struct rollout *rollout, const char *format, ...)
    PRINTF_LIKE(2, 3);
static void tell(const struct rollout *rollout, const char *format, ...)
{
    char text[TEXT_SIZE];

    /* What starts again with the program is no deployment. */
    if (!rollout->id[0])
        return;
    char *group = group_of(rollout, "service");
    char *stream = mem_format("deployment/%s", rollout->id);
    char *line;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    line = mem_format("[AppRunner] %s", text);
    emulator_log(rollout->emulator, group, stream, line);
    free(line);
    free(stream);
    free(group);
}

static bool pace(const struct rollout *rollout)
{
    emulator_save(rollout->emulator);
    return operations_pause(rollout->emulator, rollout->emulator->pace_ms);
}

/* ---- pull ------------------------------------------------------------------
 */

/* The name and the tag or digest behind the registry's host, in place:
 * "HOST/NAME:TAG", "HOST/NAME@sha256:...". */
static bool take_apart(char *image, char **name, char **tag, char **digest)
{
    char *slash = strchr(image, '/');
    char *at = strchr(image, '@');
    char *colon;

    if (!slash)
        return false;
    *name = slash + 1;
    *tag = *digest = NULL;
    if (at) {
        *at = '\0';
        *digest = at + 1;
    }
    colon = strchr(*name, ':');
    if (colon) {
        *colon = '\0';
        *tag = colon + 1;
    }
    return true;
}

/* The digest of an image in our registry, as DescribeImages tells it; to free,
 * NULL when it is not there. */
static char *digest_of(struct emulator *emulator, const char *name,
                       const char *tag, const char *digest)
{
    const struct emulator_operation *operation = emulator_ecr.operations;
    struct emulator_failure failure = { 0 };
    json_t *id = json_object();
    json_t *answer = NULL;
    char *found;

    if (digest)
        jsonx_set_text(id, "imageDigest", digest);
    else
        jsonx_set_text(id, "imageTag", tag ? tag : "latest");
    json_t *input =
        json_pack("{s:s, s:[o]}", "repositoryName", name, "imageIds", id);
    while (operation->name && strcmp(operation->name, "DescribeImages") != 0)
        operation++;
    if (operation->name)
        answer = operation->answer(emulator, input, &failure);
    found = mem_text(
        jsonx_text(json_array_get(json_object_get(answer, "imageDetails"), 0),
                   "imageDigest", NULL));
    json_decref(answer);
    json_decref(input);
    return found;
}

/* "HOST/NAME@sha256:..." in our registry, whatever host the service names; to
 * free, NULL when there is no such image. */
static char *find_image(const struct rollout *rollout)
{
    const char *identifier =
        jsonx_text(image_of(rollout), "ImageIdentifier", "");
    char *copy = mem_text(identifier);
    char *name, *tag, *digest, *found = NULL, *image = NULL;

    if (!strcmp(jsonx_text(image_of(rollout), "ImageRepositoryType", ""),
                "ECR_PUBLIC"))
        return copy;
    if (take_apart(copy, &name, &tag, &digest))
        found = digest_of(rollout->emulator, name, tag, digest);
    if (found)
        image = mem_format("%s/%s@%s", rollout->emulator->host, name, found);
    free(found);
    free(copy);
    return image;
}

static void tell_artifact(const struct rollout *rollout)
{
    const json_t *image = image_of(rollout);
    char *copy = mem_text(jsonx_text(image, "ImageIdentifier", ""));
    char *name, *tag, *digest;

    if (take_apart(copy, &name, &tag, &digest))
        tell(rollout,
             "Deployment Artifact: [Repo Type: %s], [Image URL: %s], "
             "[Image Tag: %s]",
             jsonx_text(image, "ImageRepositoryType", "ECR"), copy,
             digest ? digest
             : tag  ? tag
                    : "latest");
    free(copy);
    tell(rollout, "Pulling image %s from %s repository",
         jsonx_text(image, "ImageIdentifier", ""),
         jsonx_text(image, "ImageRepositoryType", "ECR"));
}

/* ---- provision --------------------------------------------------------------
 */

/* The value of a secret by its ARN or name; NULL when there is none. */
static const char *secret_value(struct emulator *emulator, const char *id)
{
    json_t *secrets = emulator_part(emulator, "secrets");
    const char *arn;
    json_t *secret;

    json_object_foreach(
        secrets, arn,
        secret) if (!strncmp(id, arn, strlen(arn)) ||
                    !strcmp(jsonx_text(secret, "Name", ""),
                            id)) return jsonx_text(secret, "SecretString", "");
    return NULL;
}

/* The variables and the secrets' values; NULL with a reason told. */
static json_t *environment_of(const struct rollout *rollout)
{
    const json_t *config =
        json_object_get(image_of(rollout), "ImageConfiguration");
    json_t *secrets = json_object_get(config, "RuntimeEnvironmentSecrets");
    json_t *environment = json_object();
    const char *name;
    json_t *id;

    json_object_update(environment,
                       json_object_get(config, "RuntimeEnvironmentVariables"));
    json_object_foreach(secrets, name, id)
    {
        const char *value =
            secret_value(rollout->emulator, json_string_value(id));

        if (!value) {
            tell(rollout,
                 "Failed to retrieve the secret for environment variable %s. "
                 "Check that it exists and that the instance role may read it.",
                 name);
            json_decref(environment);
            return NULL;
        }
        jsonx_set_text(environment, name, value);
    }
    return environment;
}

static const char *port_of(const struct rollout *rollout)
{
    const json_t *config =
        json_object_get(image_of(rollout), "ImageConfiguration");

    return jsonx_text(config, "Port", "8080");
}

/* Starts the image; the lock is given up meanwhile. */
static bool start_instance(struct rollout *rollout, const char *image)
{
    struct emulator *emulator = rollout->emulator;
    json_t *environment = environment_of(rollout);
    char *group = group_of(rollout, "application");
    int port = (int)strtol(port_of(rollout), NULL, 10);
    struct error err = { 0 };

    if (environment) {
        pthread_mutex_unlock(&emulator->lock);
        rollout->url = hosting_start(emulator, image, port, environment, group,
                                     &rollout->instance, &err);
        pthread_mutex_lock(&emulator->lock);
        json_decref(environment);
    }
    if (error_is_set(&err))
        tell(rollout,
             "Your application stopped or failed to start. See logs for more "
             "information.  Container exit code: 1 (%s)",
             err.message);
    free(group);
    return rollout->url != NULL;
}

/* ---- health check -----------------------------------------------------------
 */

/* Asked with the lock given up: what is asked may take its time. */
static bool is_healthy(const struct rollout *rollout, const char *protocol,
                       const char *path)
{
    struct emulator *emulator = rollout->emulator;
    bool is_well;

    pthread_mutex_unlock(&emulator->lock);
    if (!strcmp(protocol, "HTTP")) {
        is_well = hosting_is_healthy(rollout->url, path);
    } else {
        int fd = forward_connect(rollout->url);

        is_well = fd >= 0;
        if (is_well)
            close(fd);
    }
    pthread_mutex_lock(&emulator->lock);
    return is_well;
}

/* A container needs its time to come up, the built-in service does not. */
static int64_t wait_between(const struct rollout *rollout)
{
    int64_t wait_ms = rollout->emulator->pace_ms / 3;

    if (rollout->emulator->docker == EMULATOR_DOCKER_REAL &&
        wait_ms < REAL_WAIT_MS)
        return REAL_WAIT_MS;
    return wait_ms;
}

static enum rollout_end check_health(struct rollout *rollout)
{
    json_t *check = json_incref(
        json_object_get(service_of(rollout), "HealthCheckConfiguration"));
    const char *protocol = jsonx_text(check, "Protocol", "TCP");
    const char *path = jsonx_text(check, "Path", "/");
    int64_t failures =
        jsonx_int(check, "UnhealthyThreshold", DEFAULT_THRESHOLD);
    int64_t needed = jsonx_int(check, "HealthyThreshold", 1);
    int64_t good = 0;
    bool goes_on = true;

    tell(rollout,
         "Performing health check on protocol `%s` [Path: '%s'], "
         "[Port: '%s'].",
         protocol, path, port_of(rollout));
    while (goes_on && failures > 0 && good < needed) {
        if (is_healthy(rollout, protocol, path)) {
            good++;
        } else {
            good = 0;
            failures--;
        }
        if (good < needed)
            goes_on =
                operations_pause(rollout->emulator, wait_between(rollout));
    }
    if (goes_on && failures <= 0)
        tell(rollout,
             "Health check failed on protocol `%s` [Path: '%s'], [Port: "
             "'%s']. Check your configured port number.",
             protocol, path, port_of(rollout));
    json_decref(check);
    return !goes_on        ? ROLLOUT_INTERRUPTED
           : failures <= 0 ? ROLLOUT_FAILED
                           : ROLLOUT_DONE;
}

/* ---- the phases
 * -------------------------------------------------------------- */

static enum rollout_end pull(struct rollout *rollout, char **image)
{
    tell(rollout, "Deployment with ID : %s started. Triggering event : %s",
         rollout->id, rollout->trigger);
    tell_artifact(rollout);
    if (!pace(rollout))
        return ROLLOUT_INTERRUPTED;
    *image = find_image(rollout);
    if (*image && strcmp(rollout->fault, "fail") != 0) {
        tell(rollout, "Successfully pulled your application image from ECR.");
        return ROLLOUT_DONE;
    }
    rollout->reason = "Failed to copy the image from ECR.";
    tell(rollout, "Failed to pull your application image. Be sure you "
                  "configure your service with a valid access role to your "
                  "ECR repository.");
    return ROLLOUT_FAILED;
}

/* As long as there are faults at all: clearing them lets it go on. */
static bool stay_stuck(const struct rollout *rollout)
{
    struct emulator *emulator = rollout->emulator;

    while (!strcmp(rollout->fault, "stuck") && emulator->fault_count)
        if (!operations_pause(emulator, emulator->pace_ms + 1))
            return false;
    return true;
}

static enum rollout_end provision(struct rollout *rollout, const char *image)
{
    tell(rollout, "Provisioning instances and deploying image for publicly "
                  "accessible service.");
    if (!pace(rollout) || !stay_stuck(rollout))
        return ROLLOUT_INTERRUPTED;
    if (!start_instance(rollout, image)) {
        rollout->reason = "Your application stopped or failed to start.";
        return ROLLOUT_FAILED;
    }
    if (strncmp(rollout->fault, "rollback", strlen("rollback")) != 0)
        return check_health(rollout);
    tell(rollout,
         "Health check failed on protocol `HTTP` [Path: '/'], [Port: '%s'].",
         port_of(rollout));
    return pace(rollout) ? ROLLOUT_FAILED : ROLLOUT_INTERRUPTED;
}

static enum forward_mood mood_of(const struct rollout *rollout)
{
    static const struct {
        const char *kind;
        enum forward_mood mood;
    } moods[] = {
        { "fail", FORWARD_FAILING },
        { "slow", FORWARD_SLOW },
        { "refused", FORWARD_REFUSING },
    };

    for (size_t i = 0; i < sizeof(moods) / sizeof(moods[0]); i++)
        if (!strcmp(moods[i].kind, rollout->mood))
            return moods[i].mood;
    return FORWARD_WELL;
}

/* Blocks when it stops a container. */
static void stop_instance(struct emulator *emulator, char *instance)
{
    if (!instance)
        return;
    pthread_mutex_unlock(&emulator->lock);
    hosting_stop(emulator, instance);
    pthread_mutex_lock(&emulator->lock);
    free(instance);
}

static enum rollout_end route(struct rollout *rollout)
{
    struct emulator *emulator = rollout->emulator;
    struct site *site;

    tell(rollout, "Health check is successful. Routing traffic to "
                  "application.");
    if (!pace(rollout))
        return ROLLOUT_INTERRUPTED;
    site = operations_site(emulator, rollout->arn);
    forward_point(site->forward, rollout->url, mood_of(rollout),
                  rollout->mood_value);
    char *old = site->instance;
    site->instance = rollout->instance;
    rollout->instance = NULL;
    tell(rollout, "Successfully routed incoming traffic to application.");
    stop_instance(emulator, old);
    return ROLLOUT_DONE;
}

/* ---- the ends
 * ---------------------------------------------------------------- */

/* A create has nothing to go back to, and what App Runner's fault says fails
 * at once fails at once. */
static bool has_way_back(const struct rollout *rollout)
{
    json_t *entry = operations_entry(rollout->emulator, rollout->arn);

    return json_object_get(entry, "deployed") &&
           strcmp(rollout->type, "RESUME_SERVICE") != 0 &&
           strcmp(rollout->fault, "fail") != 0;
}

static enum rollout_end go_back(struct rollout *rollout)
{
    struct emulator *emulator = rollout->emulator;
    bool is_broken = !strcmp(rollout->fault, "rollback-failed");

    tell(rollout, "Deployment with ID : %s failed. Failure reason : %s",
         rollout->id,
         rollout->reason ? rollout->reason : "Health check failed.");
    stop_instance(emulator, rollout->instance);
    rollout->instance = NULL;
    if (!has_way_back(rollout))
        return ROLLOUT_FAILED;
    operations_set_status(emulator, rollout->arn, rollout->id,
                          "ROLLBACK_IN_PROGRESS");
    tell(rollout, "Rolling back to the previous version.");
    if (!pace(rollout))
        return ROLLOUT_INTERRUPTED;
    if (!is_broken) {
        tell(rollout, "Successfully rolled back.");
        return ROLLOUT_ROLLED_BACK;
    }
    tell(rollout, "Failed to roll back the service.");
    rollout_stop(rollout);
    return ROLLOUT_BROKEN;
}

enum rollout_end rollout_deploy(struct rollout *rollout)
{
    char *image = NULL;
    enum rollout_end end;

    if (rollout->was_paused && strcmp(rollout->type, "RESUME_SERVICE") != 0)
        return pace(rollout) ? ROLLOUT_DONE : ROLLOUT_INTERRUPTED;
    end = pull(rollout, &image);
    if (end == ROLLOUT_DONE)
        end = provision(rollout, image);
    if (end == ROLLOUT_DONE)
        end = route(rollout);
    free(image);
    if (end == ROLLOUT_FAILED)
        return go_back(rollout);
    return end;
}

enum rollout_end rollout_stop(struct rollout *rollout)
{
    struct emulator *emulator = rollout->emulator;
    struct site *site = operations_site(emulator, rollout->arn);
    char *old = site->instance;

    site->instance = NULL;
    forward_point(site->forward, NULL, FORWARD_WELL, 0);
    stop_instance(emulator, old);
    if (!strcmp(rollout->fault, "fail"))
        return ROLLOUT_FAILED;
    return pace(rollout) && stay_stuck(rollout) ? ROLLOUT_DONE
                                                : ROLLOUT_INTERRUPTED;
}
