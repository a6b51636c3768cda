#include "aws/apprunner/buildadvice.h"

#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The specific first. The words are those of dockerd, BuildKit, Podman and
 * ECR:
 * https://github.com/moby/buildkit/blob/master/frontend/dockerfile
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html
 */
static const struct buildadvice rows[] = {
    { "no space left on device", NULL, "Docker's disk is full",
      "run `docker system df`, then `docker builder prune` and "
      "`docker image prune -a`",
      false },
    { "toomanyrequests", NULL, "the registry of the base image limits pulls",
      "run `docker login`, or take the base image from public.ecr.aws", false },
    { "exec format error", NULL,
      "a program of the build is for another kind of processor",
      "build on amd64, or run `docker run --privileged --rm tonistiigi/binfmt "
      "--install amd64` once",
      false },
    { "no match for platform", NULL,
      "the base image is not there for linux/amd64",
      "take another base image in FROM", false },
    { "does not match the specified platform", NULL,
      "the base image that is here is not for linux/amd64",
      "run `docker pull --platform linux/amd64 IMAGE`", false },
    { "pull access denied", NULL,
      "the base image does not exist, or is private",
      "check the name in FROM, and run `docker login` for its registry",
      false },
    { "manifest unknown", NULL, "the base image has no such tag",
      "check the tag in FROM", false },
    { "manifest for", "not found", "the base image has no such tag",
      "check the tag in FROM", false },
    { "dockerfile parse error", NULL, "the Dockerfile has an error",
      "mend the line that is named", false },
    { "unknown instruction", NULL, "the Dockerfile has an error",
      "mend the line that is named", false },
    { "failed to compute cache key", "not found",
      "a COPY names a file that is not in the build context",
      "check the path, BUILD_CONTEXT and .dockerignore", false },
    { "copy failed", NULL,
      "a COPY names a file that is not in the build context",
      "check the path, BUILD_CONTEXT and .dockerignore", false },
    { "no such file or directory", "copier",
      "a COPY names a file that is not in the build context",
      "check the path, BUILD_CONTEXT and .dockerignore", false },
    { "the --mount option requires buildkit", NULL,
      "the Dockerfile needs BuildKit",
      "install buildx (package docker-buildx-plugin)", false },
    { "the --chmod option requires buildkit", NULL,
      "the Dockerfile needs BuildKit",
      "install buildx (package docker-buildx-plugin)", false },
    { "oci runtime create failed", "no such file or directory",
      "a RUN names a program that is not in the image",
      "check its path; an image FROM scratch has no shell and no programs",
      false },
    { "oci runtime create failed", "executable file not found",
      "a RUN names a program that is not in the image",
      "check its name; an image FROM scratch has no shell and no programs",
      false },
    { "npm err", NULL, "npm failed within the build",
      "see the lines above; is the lock file up to date? run `npm ci` here",
      false },
    { "no matching distribution found", NULL,
      "pip found no such package for the Python of the base image",
      "check requirements.txt and the version of the base image", false },
    { "unable to locate package", NULL, "apt knows no such package",
      "run `apt-get update` in the same RUN, and check the package's name",
      false },
    { "out of memory", NULL, "the build ran out of memory",
      "give Docker more memory", false },
    { "exit code: 137", NULL,
      "a program of the build was killed, most likely for want of memory",
      "give Docker more memory", false },
    { "returned a non-zero code: 137", NULL,
      "a program of the build was killed, most likely for want of memory",
      "give Docker more memory", false },
    { "did not complete successfully", NULL, "a command of the build failed",
      "see its words above; `docker build` runs the same here", false },
    { "returned a non-zero code", NULL, "a command of the build failed",
      "see its words above; `docker build` runs the same here", false },
    { "permission denied", "docker.sock",
      "this account may not talk to the Docker daemon",
      "run `sudo usermod -aG docker $USER`, then log in again", false },
    { "cannot be overwritten because", "immutable",
      "the repository is immutable and the tag is taken by another image",
      "commit the changes, so that the image gets a tag of its own", false },
    { "authorization token has expired", NULL,
      "the token for the registry has expired", "try again", true },
    { "no basic auth credentials", NULL,
      "the registry did not get or take the token",
      "check that AWS_REGION is the region of the repository, then try again",
      true },
    { "repository", "does not exist in the registry",
      "the repository is gone, or is in another region",
      "run `stepdeck preflight`, which creates it", false },
    { "not authorized to perform", NULL,
      "the credentials lack a permission for ECR",
      "attach AmazonEC2ContainerRegistryPowerUser, or ecr:PutImage and the "
      "layer upload actions",
      false },
    { "denied:", NULL, "the registry denies access",
      "check that the credentials may push to the repository (ecr:PutImage "
      "and the layer upload actions)",
      false },
    { "unauthorized", NULL, "the registry did not take the token",
      "try again; check the clock of this machine and of Docker's", true },
    { "no such host", NULL, "Docker cannot resolve a host's name",
      "check the network and Docker's DNS (`docker run --rm busybox nslookup "
      "HOST`)",
      true },
    { "temporary failure in name resolution", NULL,
      "a host's name cannot be resolved",
      "check the network and Docker's DNS settings", true },
    { "certificate", "x509",
      "Docker does not trust the certificate of a registry or proxy",
      "add the proxy's certificate to Docker's, or set NO_PROXY", false },
    { "proxyconnect", NULL, "Docker's proxy cannot be reached",
      "check HTTPS_PROXY in the daemon's settings", true },
    { "tls handshake timeout", NULL, "the network to the registry is slow",
      "try again; check a proxy or VPN between Docker and the registry", true },
    { "i/o timeout", NULL, "the network to the registry fails",
      "try again; check a proxy or VPN between Docker and the registry", true },
    { "connection reset", NULL, "the connection to the registry was cut",
      "try again; check a proxy or VPN between Docker and the registry", true },
    { "connection refused", NULL, "nobody answers at the registry's address",
      "check the network, a proxy, and the registry's address", true },
    { "broken pipe", NULL, "the connection to the registry was cut",
      "try again; check a proxy or VPN between Docker and the registry", true },
    { "unexpected eof", NULL, "the connection to the registry was cut",
      "try again; check a proxy or VPN between Docker and the registry", true },
    { "timed out", NULL, "the network to the registry fails",
      "try again; check a proxy or VPN between Docker and the registry", true },
    { "503 service unavailable", NULL, "the registry is busy",
      "try again later", true },
    { "500 internal server error", NULL, "the registry failed",
      "try again later", true },
};

/* Whether `text` holds `part`, which is in lower case. */
static bool holds(const char *text, const char *part)
{
    size_t size = strlen(part);

    for (; *text; text++) {
        size_t i = 0;

        while (i < size && tolower((unsigned char)text[i]) == part[i])
            i++;
        if (i == size)
            return true;
    }
    return false;
}

const struct buildadvice *buildadvice_at(size_t index)
{
    return index < sizeof(rows) / sizeof(rows[0]) ? &rows[index] : NULL;
}

const struct buildadvice *buildadvice_find(const char *words)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (holds(words, rows[i].sign) &&
            (!rows[i].sign2 || holds(words, rows[i].sign2)))
            return &rows[i];
    }
    return NULL;
}

void buildadvice_add(struct error *err)
{
    const struct buildadvice *advice = buildadvice_find(err->message);

    if (advice)
        snprintf(err->hint, sizeof(err->hint), "%s: %s", advice->cause,
                 advice->mend);
}
