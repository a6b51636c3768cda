#!/usr/bin/env bash
# The arrows between the folders of src/: what each may include, and which one
# file may include the header of a library.
set -eu -o pipefail
cd "$(dirname "$0")/../.."

# FOLDER: the folders it may include; "main" is src/main.c.
arrows='
base: base
core: base core
cli: base core cli
tui: base core tui
aws: base core aws
emulator: base core aws emulator
main: base core cli tui aws
'

# HEADER FILE: who alone may include it. jansson is everywhere.
libraries='
jansson.h *
git2.h core/repo.c
openssl/evp.h base/digest.c
openssl/hmac.h aws/sigv4.c
openssl/evp.h aws/sigv4.c
curses.h tui/term.c
term.h tui/term.c
utf8proc.h base/cluster.c
ini.h base/inifile.c
curl/curl.h aws/http_curl.h
expat.h aws/xml.c
archive.h aws/docker/context_archive.h
archive_entry.h aws/docker/context_archive.h
microhttpd.h emulator/server.c
linux/sched.h base/platform.c
linux/sched/types.h base/platform.c
sys/syscall.h base/platform.c
'

# C11 and POSIX, and flock(2), which every system of ours has.
standard='assert ctype dirent dlfcn errno fcntl float glob getopt grp inttypes
langinfo limits locale math netdb poll pthread pwd regex signal spawn stdalign
stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings
sys/file sys/ioctl sys/mman sys/resource sys/select sys/socket sys/stat
sys/time sys/types sys/uio sys/un sys/utsname sys/wait termios time unistd
wchar wctype arpa/inet net/if netinet/in netinet/tcp'

find src \( -name '*.c' -o -name '*.h' \) -exec awk \
    -v arrows="$arrows" -v libraries="$libraries" -v standard="$standard" '
BEGIN {
    lines = split(arrows, line, "\n")
    for (i = 1; i <= lines; i++) {
        folder = line[i]
        sub(/:.*/, "", folder)
        targets = split(substr(line[i], length(folder) + 2), target, " ")
        known[folder] = 1
        for (j = 1; j <= targets; j++)
            allowed[folder, target[j]] = 1
    }
    lines = split(libraries, line, "\n")
    for (i = 1; i <= lines; i++)
        if (split(line[i], part, " ") == 2)
            owner[part[1], part[2]] = 1
    names = split(standard, name, " ")
    for (i = 1; i <= names; i++)
        is_standard[name[i] ".h"] = 1
}

function wrong(why) {
    print FILENAME ":" FNR ": " why
    count++
}

# The folder of a path below src/; "main" for a file beside the folders.
function folder_of(path) {
    if (path !~ /\//)
        return "main"
    sub(/\/.*/, "", path)
    return path
}

FNR == 1 {
    file = substr(FILENAME, 5)
    from = folder_of(file)
    if (!(from in known))
        wrong("the folder " from " has no place in the arrows")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    to = folder_of(part[2])
    if (part[2] !~ /\// || part[2] ~ /\.\./)
        wrong("include \"" part[2] "\" as \"FOLDER/FILE.h\"")
    else if (!((from, to) in allowed))
        wrong(from " must not include " part[2])
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    split($0, part, /[<>]/)
    header = part[2]
    if (!(header in is_standard) && !((header, file) in owner) &&
        !((header, "*") in owner))
        wrong("<" header "> is no C or POSIX header, and not this file\047s")
}

END { exit count > 0 }
' {} + || exit 1
printf 'all arrows point the right way\n'
