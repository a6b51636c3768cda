/* Finding the assignments of a .tfvars file, `name = expression` at the top
 * level, without understanding what they mean. Pure functions. */
#ifndef STEPDECK_CORE_SETUP_HCL_H
#define STEPDECK_CORE_SETUP_HCL_H

#include "core/setup_edit.h"

/* Adds the assignments to the empty `spans`. ERROR_INPUT names file and line
 * of what is no assignment. https://developer.hashicorp.com/terraform/language/
 * syntax/configuration */
NODISCARD bool setup_hcl_read(const char *name, const char *text, size_t size,
                              struct setup_spans *spans, struct error *err);

/* Appends the text as a quoted string, its templates switched off. */
void setup_hcl_quote(const char *value, struct strbuf *out);

/* Whether the .tf file declares `variable "NAME"`. */
bool setup_hcl_declares(const char *text, size_t size, const char *name);

#endif
