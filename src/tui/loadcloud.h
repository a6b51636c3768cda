/* The jobs that ask the cloud; see loader.h. They block until it answers, or
 * `cancel` is raised. */
#ifndef STEPDECK_TUI_LOADCLOUD_H
#define STEPDECK_TUI_LOADCLOUD_H

#include "tui/loads.h"

void loadcloud_status(struct loaded *loaded,
                      const struct console_request *request,
                      struct cancel *cancel);
void loadcloud_preview(struct loaded *loaded, const struct load_job *job,
                       const struct console_request *request,
                       struct cancel *cancel);

#endif
