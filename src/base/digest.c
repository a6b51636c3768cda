#include "base/digest.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* OpenSSL's context under our own name, so that no other file needs theirs. */
struct digest {
    EVP_MD_CTX *context;
};

static void print_hex(const unsigned char *raw, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", raw[i]);
}

struct digest *digest_new(void)
{
    struct digest *digest = mem_new(1, sizeof(*digest));

    digest->context = EVP_MD_CTX_new();
    if (digest->context)
        EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL);
    return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t size)
{
    EVP_DigestUpdate(digest->context, bytes, size);
}

void digest_finish(struct digest *digest, char text[DIGEST_TEXT_SIZE])
{
    unsigned char raw[DIGEST_BYTES] = { 0 };

    EVP_DigestFinal_ex(digest->context, raw, NULL);
    EVP_MD_CTX_free(digest->context);
    free(digest);
    print_hex(raw, DIGEST_BYTES, text);
}

void digest_bytes(const void *bytes, size_t size, char text[DIGEST_TEXT_SIZE])
{
    struct digest *digest = digest_new();

    digest_add(digest, bytes, size);
    digest_finish(digest, text);
}

bool digest_file(int dir_fd, const char *path, char text[DIGEST_TEXT_SIZE],
                 struct error *err)
{
    char block[16384];
    struct digest *digest;
    ssize_t count;
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "cannot open '%s'", path);
    digest = digest_new();
    do {
        count = read(fd, block, sizeof(block));
        if (count > 0)
            digest_add(digest, block, (size_t)count);
    } while (count > 0 || (count < 0 && errno == EINTR));
    if (count < 0)
        error_set_errno(err, ERROR_IO, errno, "cannot read '%s'", path);
    close(fd);
    digest_finish(digest, text);
    return count == 0;
}

void digest_sha1(const void *bytes, size_t size,
                 char text[DIGEST_SHA1_TEXT_SIZE])
{
    unsigned char raw[EVP_MAX_MD_SIZE] = { 0 };

    EVP_Digest(bytes, size, raw, NULL, EVP_sha1(), NULL);
    print_hex(raw, (DIGEST_SHA1_TEXT_SIZE - 1) / 2, text);
}
