# shellcheck shell=bash
# tree_files: the files of the tree, one a line, without what git ignores and
# without the fuzz corpora, whose bytes mean nothing.
tree_files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f -not -path './.git/*' -not -path './build/*' |
            sed 's,^\./,,'
    fi | while IFS= read -r file; do
        case $file in
        tests/fuzz/corpus/*) ;;
        *) [ ! -f "$file" ] || printf '%s\n' "$file" ;;
        esac
    done
}
