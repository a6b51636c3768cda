#!/usr/bin/env bash
# From an empty folder to a finished deployment: the wizard on the first run,
# first steps, the run.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin
# Nothing of this machine may be detected.
unset AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_CONFIG_FILE \
    AWS_SHARED_CREDENTIALS_FILE ECR_REPOSITORY
export HOME=$work/home
mkdir "$HOME" acme
cd acme || exit 1
no_files() { [ -z "$(ls -A)" ]; }

# ---- leaving it -------------------------------------------------------------

open_screen 100 30
console
sees "an empty folder gets the wizard" 'Setup'
sees "with the first question" '1/4'
check "and what was detected" on_screen 'name of the folder'
check "before anything is written" no_files
keys Escape
sees "Esc asks" 'Leave the wizard?'
keys n
loses "no: one stays" 'Leave the wizard?'
keys Escape
sees "asked again" 'Leave the wizard?'
keys y
sees "yes: there are no steps" 'There are no steps yet'
keys q
left_with "not now" 0
check "nothing was written" no_files

# ---- answering --------------------------------------------------------------

console
sees "asked again" '1/4'
keys C-u
type_text 'Acme API'
keys Enter
sees "the second question" '2/4'
check "the first answer is listed" row_says 'Project name' 'Acme API'
keys C-u
type_text 'not/a name'
keys Enter
sees "an answer that will not do is refused" "'not/a name'"
check "on the same page" on_screen '2/4'
keys C-u
type_text prod
keys Enter
sees "the third question" '3/4'
keys Escape
sees "Esc goes back" '2/4'
keys Enter
sees "and Enter on" '3/4'
keys Enter
sees "nothing in the cloud is deployed to unless asked for" '4/4'
keys Enter
sees "the review shows the files" 'environments/prod.env'
check "and the command that does the same" on_screen 'stepdeck setup'
check "still nothing is written" no_files
answer "written" Enter on_screen 'Written'
check "the shared file" says "^PROJECT_NAME='Acme API'" deployment-config.env
check "this machine's file" says '^ENVIRONMENT=prod' .env
check "the environment's file" exists environments/prod.env
check "and what comes next is told" on_screen 'stepdeck init'
keys Enter
sees "then the steps" 'There are no steps yet'
becomes "in the environment" row_says 'Acme API' prod
keys q
left_with "set up" 0

# ---- the first steps --------------------------------------------------------

# shellcheck disable=SC2016 # for the step
add_step step-010-greet <<<'echo "hello from $PROJECT_NAME in $ENVIRONMENT"'
add_step step-020-part <<<'echo bye'
console
sees "the steps of the project" '○ 010 greet'
check "without the wizard" off_screen 'Setup'
keys d
sees "d asks" 'Run 2 steps?'
keys y
sees "and deploys" '✔ 020 part'
sees "to the end" 'Done in'
check "with the answers" says 'hello from Acme API in prod' \
    .deployment-state/step-010-greet.log
keys q
sees "the summary" '2 completed'
left_with "deployed" 0
check "all of it" all_completed 2

# ---- once more, on top of the files -----------------------------------------

printf 'MINE=kept\n' >>.env
console
sees "the console" '✔ 020 part'
keys :
type_text setup
keys Enter
sees ":setup opens the wizard" '1/4'
check "with the answers of last time" on_screen 'Acme API'
keys C-u
type_text 'Acme 2'
keys Enter
sees "second" '2/4'
keys Enter
sees "third" '3/4'
keys Enter
sees "fourth" '4/4'
keys Enter
sees "only what differs is shown" '-PROJECT_NAME='
answer "written again" Enter on_screen 'Written'
check "what else there was is kept" says '^MINE=kept' .env
check "the old file is kept" says 'Acme API' deployment-config.env.bak
keys q
left_with "again" 0
finish
