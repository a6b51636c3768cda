#!/usr/bin/env bash
# What people make of the screen: themes, keys, pictures; and where text goes:
# pager, clipboard, files, plain lines.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/screen.sh"

begin
mkdir project
cd project || exit 1
add_step step-010-one <<'STEP'
i=0
while [ "$i" -lt 50 ]; do i=$((i + 1)); echo "line $i of <one> & more"; done
until [ -e go ]; do
    if [ -e more ]; then rm more; echo "one more line"; fi
    sleep 0.02
done
STEP
add_step step-020-two <<<'echo two'
open_screen 100 30
preferences=$work/config/stepdeck/config.ini
log=.deployment-state/step-010-one.log
coloured() { terminal capture-pane -e -p -t test | md5sum; }
looks_different() { [ "$(coloured)" != "$before" ]; }
looks_the_same() { [ "$(coloured)" = "$before" ]; }
clipboard_says() { terminal show-buffer | grep -q -F -e "$1"; }
unsaid() { ! says "$1" "$preferences"; }
command_line() {
    keys :
    wait_for on_screen 'Tab completes'
    type_text "$1"
}

# ---- themes -----------------------------------------------------------------

console
sees "the console" '○ 020 two'
before=$(coloured)
command_line 'theme light'
becomes "a theme is shown while it is being named" looks_different
keys Escape
becomes "Esc: as before" looks_the_same
check "and nothing remembered" unsaid light
command_line 'theme light'
keys Enter
becomes "Enter: the theme is remembered" says '^theme = light' "$preferences"
becomes "and shown" looks_different
check "what else the file says is kept" says '^back = Esc F8' "$preferences"
command_line 'theme nosuch'
keys Enter
sees "a theme there is none of is refused" 'no such theme'
keys Escape
loses "and closed" 'no such theme'
becomes "and not remembered" unsaid nosuch
keys q
left_with "themes" 0

mkdir "$work/config/stepdeck/themes"
printf '[theme]\nname = Broken\n[failed]\nforeground.16 = pinkish\n' \
    >"$work/config/stepdeck/themes/broken.theme"
console --theme broken
sees "a broken theme is named with its line" 'broken.theme:4'
sees "and not fatal" '○ 020 two'
keys q
left_with "broken theme" 0

# ---- keys -------------------------------------------------------------------

printf '[console]\nfollowing = yes\n[keys]\nback = Esc F8\nquit = Q\nstart = D\n' \
    >"$preferences"
console
sees "a line that means nothing is named" 'config.ini:2'
keys D
sees "a key of one's own" 'Run 2 steps?'
keys Escape
loses "nothing wanted" 'Run 2 steps?'
sees "the footer names the keys as they are" 'Q quit'
keys q 1
sees "the old key does nothing" 'Steps'
keys Q
left_with "keys" 0

# ---- pictures, pager, clipboard, files --------------------------------------

cat >"$work/bin/showpath" <<'SCRIPT'
#!/bin/sh
echo "the pager shows $1"
tail -n 1 "$1"
read -r answer
SCRIPT
chmod +x "$work/bin/showpath"
enter 'export PAGER=showpath EDITOR="showpath"; clear'
wait_for off_screen showpath
printf '[keys]\nback = Esc F8\n' >"$preferences"
console deploy -y
sees "a log to work with" 'line 50 of <one> & more'
command_line 'picture screen.svg'
keys Enter
becomes "a picture is written" exists screen.svg
sees "and told" 'screen.svg'
if command -v xmllint >/dev/null; then
    check "well-formed" xmllint --noout screen.svg
else
    check "well-formed" python3 -c \
        'import xml.dom.minidom; xml.dom.minidom.parse("screen.svg")'
fi
check "with what is on the screen" says 'line 50 of &lt;one&gt; &amp; more' \
    screen.svg
for key in o O; do
    keys "$key"
    sees "$key: the program has the terminal" "the pager shows $PWD/.deploy"
    check "$key: the ordinary screen" terminal_is alternate_on 0
    check "$key: the log it is" on_screen 'line 50 of <one> & more'
    keys Enter
    becomes "$key: and back" terminal_is alternate_on 1
    sees "$key: to the run" '▶ 010 one'
done
keys y
becomes "y copies what is in sight" clipboard_says 'line 50 of <one> & more'
becomes "also to a file" says 'line 50 of <one> & more' \
    .deployment-state/copied.txt
keys C-s
sees "C-s asks for a name" 'save as: step-010-one.log'
keys Enter
becomes "and saves the log" cmp -s step-010-one.log "$log"
echo mine >taken
command_line 'save-as taken'
keys Enter
sees "never over a file" 'taken'
check "which is as it was" says '^mine$' taken
check "and short" [ "$(wc -l <taken)" -eq 1 ]
keys s
sees "s: plain lines" 'comes back to the screen'
becomes "on the ordinary screen" terminal_is alternate_on 0
touch more
sees "they come as they are printed" 'one more line'
keys Enter
becomes "Enter: back to the screen" terminal_is alternate_on 1
: >go
sees "and to the end" '✔ 020 two'
wait_for on_screen 'Done in'
keys q
left_with "done" 0
finish
