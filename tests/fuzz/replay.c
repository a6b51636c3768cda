/* Feeds every file of the folders named on the command line to the fuzz
 * target: a corpus as a regression test, with any compiler. Fails when a
 * folder is missing or empty. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, count;

    if (!file) {
        perror(path);
        exit(1);
    }
    do {
        data = realloc(data, size + 65536);
        if (!data)
            exit(1);
        count = fread(data + size, 1, 65536, file);
        size += count;
    } while (count);
    fclose(file);
    /* An exact allocation, so that a read behind the end is caught. */
    data = realloc(data, size ? size : 1);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    int replayed = 0;

    for (int i = 1; i < argc; i++) {
        struct dirent *entry;
        DIR *dir = opendir(argv[i]);

        if (!dir) {
            perror(argv[i]);
            return 1;
        }
        while ((entry = readdir(dir)) != NULL) {
            char path[4096];

            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
            replay_file(path);
            replayed++;
        }
        closedir(dir);
    }
    printf("%d inputs replayed\n", replayed);
    return replayed ? 0 : 1;
}
