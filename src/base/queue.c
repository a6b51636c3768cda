#include "base/queue.h"

#include "base/fileio.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct node {
    struct node *next;
    void *item;
};

struct queue {
    pthread_mutex_t mutex;
    struct node *first;
    struct node *last;
    void (*release)(void *item);
    bool told; /* the pipe holds a byte the reader has not drained */
    int fds[2];
};

struct queue *queue_new(void (*release)(void *item), struct error *err)
{
    struct queue *queue = mem_new(1, sizeof(*queue));

    if (!fileio_pipe(queue->fds, true, err)) {
        free(queue);
        return NULL;
    }
    pthread_mutex_init(&queue->mutex, NULL);
    queue->release = release;
    return queue;
}

void queue_free(struct queue *queue)
{
    void *item;

    if (!queue)
        return;
    while ((item = queue_take(queue)) != NULL) {
        if (queue->release)
            queue->release(item);
    }
    pthread_mutex_destroy(&queue->mutex);
    close(queue->fds[0]);
    close(queue->fds[1]);
    free(queue);
}

static void tell(struct queue *queue)
{
    if (queue->told)
        return;
    queue->told = true;
    while (write(queue->fds[1], "!", 1) < 0 && errno == EINTR)
        ;
}

void queue_push(struct queue *queue, void *item)
{
    struct node *node = mem_new(1, sizeof(*node));

    node->item = item;
    pthread_mutex_lock(&queue->mutex);
    if (queue->last)
        queue->last->next = node;
    else
        queue->first = node;
    queue->last = node;
    tell(queue);
    pthread_mutex_unlock(&queue->mutex);
}

void queue_poke(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    tell(queue);
    pthread_mutex_unlock(&queue->mutex);
}

void *queue_take(struct queue *queue)
{
    struct node *node;
    void *item = NULL;

    pthread_mutex_lock(&queue->mutex);
    node = queue->first;
    if (node) {
        item = node->item;
        queue->first = node->next;
        if (!queue->first)
            queue->last = NULL;
    }
    pthread_mutex_unlock(&queue->mutex);
    free(node);
    return item;
}

int queue_fd(const struct queue *queue)
{
    return queue->fds[0];
}

void queue_drain(struct queue *queue)
{
    char bytes[16];

    pthread_mutex_lock(&queue->mutex);
    while (read(queue->fds[0], bytes, sizeof(bytes)) > 0)
        ;
    queue->told = false;
    pthread_mutex_unlock(&queue->mutex);
}

void queue_wait(struct queue *queue, int64_t timeout_ms)
{
    struct pollfd poll_fd = { .fd = queue->fds[0], .events = POLLIN };

    if (timeout_ms > INT_MAX)
        timeout_ms = INT_MAX;
    while (poll(&poll_fd, 1, (int)timeout_ms) < 0 && errno == EINTR)
        ;
    queue_drain(queue);
}
