#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void mem_new_gives_zeroed_memory_even_for_nothing(void **state)
{
    static const char zeros[60];
    char *some = mem_new(20, 3);
    char *none = mem_new(0, 0);

    (void)state;
    assert_memory_equal(some, zeros, sizeof(zeros));
    assert_non_null(none);
    free(some);
    free(none);
}

static void mem_resize_keeps_the_content(void **state)
{
    uint32_t *numbers = mem_resize(NULL, 4, sizeof(*numbers));

    (void)state;
    for (uint32_t i = 0; i < 4; i++)
        numbers[i] = i * 7;
    numbers = mem_resize(numbers, 4000, sizeof(*numbers));
    numbers[3999] = 1;
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(numbers[i], i * 7);
    free(numbers);
}

static void mem_grow_makes_room_only_when_full(void **state)
{
    size_t capacity = 0;
    int *array = mem_grow(NULL, 0, &capacity, sizeof(*array));
    int *same = array;

    (void)state;
    assert_true(capacity > 0);
    array = mem_grow(array, capacity - 1, &capacity, sizeof(*array));
    assert_ptr_equal(array, same);
    for (int i = 0; i < 1000; i++) {
        array = mem_grow(array, (size_t)i, &capacity, sizeof(*array));
        assert_true(capacity > (size_t)i);
        array[i] = i;
    }
    assert_int_equal(array[0], 0);
    assert_int_equal(array[999], 999);
    free(array);
}

static void mem_copies_are_terminated_and_separate(void **state)
{
    char source[] = "abcdef";
    char *text = mem_text(source);
    char *part = mem_bytes(source, 3);
    char *empty = mem_bytes(NULL, 0);
    char *with_nul = mem_bytes("a\0b", 3);

    (void)state;
    source[0] = 'x';
    assert_string_equal(text, "abcdef");
    assert_string_equal(part, "abc");
    assert_string_equal(empty, "");
    assert_memory_equal(with_nul, "a\0b", 4);
    assert_null(mem_text(NULL));
    free(text);
    free(part);
    free(empty);
    free(with_nul);
}

static void mem_format_takes_texts_of_any_length(void **state)
{
    char *wide = mem_format("%5000d|", 1);
    char *text = mem_format("%s-%d", "step", 7);

    (void)state;
    assert_int_equal(strlen(wide), 5001);
    assert_string_equal(text, "step-7");
    free(wide);
    free(text);
}

static void say_goodbye(void)
{
    _exit(42);
}

static void mem_runs_the_handler_before_it_ends_the_program(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        mem_set_exhausted_handler(say_goodbye);
        /* Too large for size_t: refused before any allocator is asked. */
        free(mem_resize(NULL, SIZE_MAX / 2, 4));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mem_new_gives_zeroed_memory_even_for_nothing),
        cmocka_unit_test(mem_resize_keeps_the_content),
        cmocka_unit_test(mem_grow_makes_room_only_when_full),
        cmocka_unit_test(mem_copies_are_terminated_and_separate),
        cmocka_unit_test(mem_format_takes_texts_of_any_length),
        cmocka_unit_test(mem_runs_the_handler_before_it_ends_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
