#!/usr/bin/env bash
# The command setup: the built-in questions without a terminal and at one, and
# the project's own step 000.
. "$(dirname "$0")/lib.sh"
begin
umask 022
unset AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_CONFIG_FILE \
    AWS_SHARED_CREDENTIALS_FILE ECR_REPOSITORY
export HOME=$work/home
mkdir -p "$HOME/.aws" acme
printf '[default]\nregion = us-west-2\n[profile prod]\nregion = eu-west-1\n' \
    >"$HOME/.aws/config"
printf '[prod]\naws_secret_access_key = do-not-show-me\n' \
    >"$HOME/.aws/credentials"
cd acme || exit 1

# run EXPECTED NAME ARGUMENTS...: output to out.txt
run() {
    local expected=$1 name=$2 status=0
    shift 2
    "$STEPDECK" setup "$@" >"$work/out.txt" 2>&1 </dev/null || status=$?
    check_status "$name" "$expected" "$status" "$work/out.txt"
}

said() { says "$1" "$work/out.txt"; }
unsaid() { ! said "$1"; }
mode_of() { find "$1" -maxdepth 0 -printf '%m\n' 2>/dev/null || stat -f %Lp "$1"; }
has_mode() { [ "$(mode_of "$1")" = "$2" ]; }
no_files() { [ -z "$(ls -A)" ]; }

# ---- without a terminal -----------------------------------------------------

run 2 "setup cannot ask without a terminal"
check "setup tells how to answer" said '--answers FILE'
run 0 "setup --dry-run shows the defaults" --auto-approve --dry-run
check "a dry run shows lines to be added" said '^+AWS_REGION=us-west-2'
run 0 "and needs nobody to say so" --dry-run
check "which shows the same" said '^+AWS_REGION=us-west-2'
check "a dry run writes nothing" no_files

cat >"$work/answers" <<'ANSWERS'
# what is asked
PROJECT_NAME="Acme $5"
ENVIRONMENT=prod
HEALTH_TIMEOUT=20s
ANSWERS
run 2 "a substitution in the answers is refused" --answers "$work/answers"
sed -i.old "s/\"Acme .5\"/'Acme \$5'/" "$work/answers"
run 0 "setup writes what the answers say" --answers "$work/answers"
check "setup lists what it wrote" said '^written *environments/prod.env *+3 -0'
check "setup shows no key of AWS" unsaid do-not-show-me
check ".env is for its owner" has_mode .env 600
check "the shared file is for all" has_mode deployment-config.env 644
check "the name is quoted" says "^PROJECT_NAME='Acme \$5'" deployment-config.env
check "the profile is that of the environment" says '^AWS_PROFILE=prod' .env
check "the region is that of the profile" says '^AWS_REGION=eu-west-1' \
    environments/prod.env
# shellcheck disable=SC1091 # written above
check "a shell reads the same" test \
    "$(. ./deployment-config.env && echo "$PROJECT_NAME")" = "Acme \$5"
cp deployment-config.env before
run 0 "setup once more has nothing to do" --answers "$work/answers"
check "setup says that nothing changes" said '^Nothing to change'
check "setup leaves the file alone" cmp -s before deployment-config.env
check "setup keeps no copy without a change" absent deployment-config.env.bak

printf '\n# theirs\nTHEIRS=1\n' >>environments/prod.env
run 0 "options answer too" --region us-east-1 --env prod
check "options change the value" says '^AWS_REGION=us-east-1' \
    environments/prod.env
check "lines of others stay" says '^THEIRS=1' environments/prod.env
check "the old file is kept" says '^AWS_REGION=eu-west-1' \
    environments/prod.env.bak
check "setup says what it kept" said '^kept *environments/prod.env.bak'
run 0 "an unknown region is mentioned" --region xx-far-9
check "with its name" said "warning AWS_REGION 'xx-far-9'"

printf 'PROJECT_NAME=x\nHELTH_PATH=/\n' >"$work/answers"
run 2 "an unknown key is refused" --answers "$work/answers"
check "with its line" said 'answers:2: unknown key'
check "and the nearest" said "did you mean 'HEALTH_PATH'"
printf '\nPORT=many\n' >"$work/answers"
run 2 "a bad value is refused" --answers "$work/answers"
check "with line and key" said "answers:2: PORT: 'many'"
run 2 "a file that is not there is refused" --answers "$work/nowhere"
run 2 "a bad option is refused" --region moon
check "with its name" said "option '--region'"
run 2 "JSON is not spoken" --json --auto-approve

ln -sf "$work/elsewhere" "$work/link.env"
rm .env
ln -s "$work/elsewhere" .env
run 2 "a link is not written through" --auto-approve
check "nothing is written behind the link" absent "$work/elsewhere"
rm .env

# ---- the project's own step -------------------------------------------------

add_step step-000-own <<'STEP'
echo "own step" >own.txt
STEP
run 0 "the project's own step sets it up" --no-tui
check "the own step ran" exists own.txt
rm own.txt
run 0 "the own step is not run by a dry run" --no-tui --dry-run
check "so it did nothing" absent own.txt
run 0 "--wizard takes the built-in questions" --wizard --auto-approve
check "the own step did not run" absent own.txt
check "the built-in wrote its files" exists .env

# ---- line by line at a terminal ---------------------------------------------

mkdir ../asked
cd ../asked || exit 1
if ! command -v python3 >/dev/null; then
    finish
    exit
fi
talking_to setup --no-tui
talk 6 "a no at the end writes nothing" 'Project name [asked]:' '' \
    'Environment [dev]:' '' 'Deployment target [none]:' '' \
    'AWS profile []:' '' 'AWS region [us-west-2]:' '' \
    'Files [split]:' '' 'Write these files? [y/N]' 'n'
check "so there is nothing" no_files
talk 0 "the questions can be answered line by line" \
    'Project name [asked]:' 'first' 'Environment [dev]:' '<' \
    'Project name [first]:' 'second' 'Environment [dev]:' 'a b' \
    "'a b' is not a usable name" '' 'Deployment target [none]:' '' \
    'AWS profile []:' 'prod' \
    'AWS region [eu-west-1]:' '-' 'Files [split]:' 'env' \
    'Write these files? [y/N]' 'y'
check "the review shows the command" said 'stepdeck setup --answers FILE'
check "the last answer counts" says '^PROJECT_NAME=second' .env
check "a value can be left empty" says '^AWS_PROFILE=prod' .env
if grep -q AWS_REGION .env; then
    not_ok "an empty value is not written" "$(cat .env)"
else
    ok "an empty value is not written"
fi

finish
