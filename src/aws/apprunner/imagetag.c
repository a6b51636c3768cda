/* The tag of an image: what it was built from, so that the same tree always has
 * the same one and a registry that holds it needs no second build. */
#include "aws/apprunner/deployment.h"

#include "base/mem.h"
#include "core/project.h"
#include "core/repo.h"
#include "core/state.h"

#include <stdlib.h>
#include <string.h>

enum { COMMIT_DIGITS = 12 };

/* What is remembered of an image belongs to its tag. */
static void take_tag(struct deployment_image *image, char *tag)
{
    if (image->tag && strcmp(image->tag, tag) == 0) {
        free(tag);
        return;
    }
    free(image->tag);
    free(image->digest);
    free(image->local_id);
    image->tag = tag;
    image->digest = NULL;
    image->local_id = NULL;
}

static bool tag_of_commit(struct deployment *deployment, const char *commit,
                          struct error *err)
{
    struct deployment_image *image = &deployment->image;
    struct repo_changes changes;

    if (!repo_read_changes(deployment->request->project->dir, STATE_DIR,
                           &changes, err))
        return false;
    image->is_dirty = changes.is_dirty;
    take_tag(image, changes.is_dirty
                        ? mem_format("%.*s-dirty-%s", COMMIT_DIGITS, commit,
                                     changes.digest)
                        : mem_format("%.*s", COMMIT_DIGITS, commit));
    return true;
}

static void tag_of_time(struct deployment *deployment)
{
    char text[CLOCK_TEXT_SIZE];

    deployment->image.is_dirty = false;
    take_tag(&deployment->image,
             mem_text(clock_format_compact(
                 clock_wall(deployment->request->clock), text)));
}

bool imagetag_make(struct deployment *deployment, struct error *err)
{
    struct repo_info info = { 0 };
    bool done = true;

    (void)!repo_read(deployment->request->project->dir, &info);
    free(deployment->image.commit);
    deployment->image.commit = mem_text(info.commit);
    if (info.commit)
        done = tag_of_commit(deployment, info.commit, err);
    else
        tag_of_time(deployment);
    repo_info_release(&info);
    return done;
}
