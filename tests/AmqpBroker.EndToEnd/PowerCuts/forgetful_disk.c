/*
 * A disk that forgets, for a process that is started with this library preloaded: everything it changes below the folder
 * FORGETFUL_FOLDER is noted in the file FORGETFUL_LOG with what stood there before, and so is every sync. After the process
 * was killed, the notes are enough to take back what a power cut might have taken: whatever no sync covers.
 *
 * A note is struct note, then the path (NUL-terminated), the second path of a rename or link (NUL-terminated), and old_length
 * bytes of what was overwritten. What a name stood for that is removed or replaced stays as the file FORGETFUL_LOG.N, N being
 * the number of the note. Syncs do not reach the real disk: the process is killed, not the kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { WRITTEN = 1, RESIZED = 2, SYNCED = 3, CREATED = 4, RENAMED = 5, REMOVED = 6 };

struct note {
    uint32_t kind;
    uint32_t replaced;   /* RENAMED: there was a file of that name before */
    uint64_t inode;      /* of the file; for names, of their folder */
    uint64_t offset;     /* in the file; SYNCED: notes before this one are covered */
    uint64_t old_size;   /* of the file */
    uint32_t old_length; /* bytes that follow the paths */
    uint32_t paths;      /* bytes of both paths with their NULs */
};

/* A slow disk: there is always something that no sync covers yet. */
static const struct timespec sync_time = { 0, 5000000 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static const char *folder, *log_path;
static size_t folder_length;
static int log_file = -1;
static uint64_t notes;

__attribute__((constructor)) static void begin(void)
{
    folder = getenv("FORGETFUL_FOLDER");
    log_path = getenv("FORGETFUL_LOG");
    if (folder == NULL || log_path == NULL)
        return;
    folder_length = strlen(folder);
    log_file = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void give_up(const char *what)
{
    char text[PATH_MAX + 100];
    int length = snprintf(text, sizeof text, "forgetful_disk: %s: %s\n", what, strerror(errno));
    syscall(SYS_write, 2, text, (size_t)length);
    _exit(99);
}

static int is_watched(const char *path)
{
    return log_file >= 0 && path != NULL && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0);
}

static int is_watched_file(int file, char *path)
{
    char link[40];
    if (log_file < 0 || file == log_file)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return is_watched(path);
}

static void put(const void *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = syscall(SYS_write, log_file, bytes, length);
        if (done <= 0)
            give_up("the notes cannot be written");
        bytes = (const char *)bytes + done;
        length -= (size_t)done;
    }
}

/* All that follow up to unlock() happen as one. */
static void note(struct note n, const char *path, const char *other, const void *old)
{
    n.paths = (uint32_t)(strlen(path) + 1 + strlen(other) + 1);
    put(&n, sizeof n);
    put(path, strlen(path) + 1);
    put(other, strlen(other) + 1);
    put(old, n.old_length);
    notes++;
}

static void lock(void) { pthread_mutex_lock(&gate); }
static void unlock(void) { int error = errno; pthread_mutex_unlock(&gate); errno = error; }

/* ---- contents ---- */

static void note_write(int file, const char *path, off_t offset, size_t length)
{
    struct stat s;
    if (fstat(file, &s) != 0)
        give_up(path);
    /* The file may be open for writing only. */
    int reading = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    char *old = malloc(length == 0 ? 1 : length);
    size_t had = 0;
    while (reading >= 0 && had < length) {
        ssize_t got = pread(reading, old + had, length - had, offset + (off_t)had);
        if (got <= 0)
            break;
        had += (size_t)got;
    }
    if (reading >= 0)
        syscall(SYS_close, reading);
    memset(old + had, 0, length - had);
    note((struct note){ .kind = WRITTEN, .inode = s.st_ino, .offset = (uint64_t)offset, .old_size = (uint64_t)s.st_size,
        .old_length = (uint32_t)length }, path, "", old);
    free(old);
}

static size_t total_of(const struct iovec *parts, int count)
{
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += parts[i].iov_len;
    return total;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    char path[PATH_MAX];
    if (!is_watched_file(file, path))
        return syscall(SYS_pwrite64, file, bytes, length, offset);
    lock();
    note_write(file, path, offset, length);
    ssize_t result = syscall(SYS_pwrite64, file, bytes, length, offset);
    unlock();
    return result;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) { return pwrite(file, bytes, length, offset); }

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    char path[PATH_MAX];
    if (!is_watched_file(file, path))
        return syscall(SYS_pwritev, file, parts, count, offset, 0);
    lock();
    note_write(file, path, offset, total_of(parts, count));
    ssize_t result = syscall(SYS_pwritev, file, parts, count, offset, 0);
    unlock();
    return result;
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) { return pwritev(file, parts, count, offset); }

static off_t place_of(int file)
{
    struct stat s;
    int flags = fcntl(file, F_GETFL);
    return (flags & O_APPEND) != 0 && fstat(file, &s) == 0 ? s.st_size : lseek(file, 0, SEEK_CUR);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    char path[PATH_MAX];
    if (!is_watched_file(file, path))
        return syscall(SYS_write, file, bytes, length);
    lock();
    note_write(file, path, place_of(file), length);
    ssize_t result = syscall(SYS_write, file, bytes, length);
    unlock();
    return result;
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    char path[PATH_MAX];
    if (!is_watched_file(file, path))
        return syscall(SYS_writev, file, parts, count);
    lock();
    note_write(file, path, place_of(file), total_of(parts, count));
    ssize_t result = syscall(SYS_writev, file, parts, count);
    unlock();
    return result;
}

/* Keeps what a shrinking file loses, too. */
static void note_resize(int file, const char *path, off_t length)
{
    struct stat s;
    if (fstat(file, &s) != 0)
        give_up(path);
    if (length < s.st_size)
        note_write(file, path, length, (size_t)(s.st_size - length));
    note((struct note){ .kind = RESIZED, .inode = s.st_ino, .old_size = (uint64_t)s.st_size }, path, "", "");
}

int ftruncate(int file, off_t length)
{
    char path[PATH_MAX];
    if (!is_watched_file(file, path))
        return (int)syscall(SYS_ftruncate, file, length);
    lock();
    note_resize(file, path, length);
    int result = (int)syscall(SYS_ftruncate, file, length);
    unlock();
    return result;
}

int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

int fallocate(int file, int mode, off_t offset, off_t length)
{
    char path[PATH_MAX];
    if (!is_watched_file(file, path))
        return (int)syscall(SYS_fallocate, file, mode, offset, length);
    struct stat s;
    lock();
    if (mode != 0 || fstat(file, &s) != 0) {
        unlock();
        errno = EOPNOTSUPP;
        return -1;
    }
    note((struct note){ .kind = RESIZED, .inode = s.st_ino, .old_size = (uint64_t)s.st_size }, path, "", "");
    int result = (int)syscall(SYS_fallocate, file, mode, offset, length);
    unlock();
    return result;
}

int fallocate64(int file, int mode, off64_t offset, off64_t length) { return fallocate(file, mode, offset, length); }

int posix_fallocate(int file, off_t offset, off_t length)
{
    int before = errno;
    int result = fallocate(file, 0, offset, length) == 0 ? 0 : errno;
    errno = before;
    return result;
}

int posix_fallocate64(int file, off64_t offset, off64_t length) { return posix_fallocate(file, offset, length); }

static int sync_file(int file, int call)
{
    char path[PATH_MAX];
    struct stat s;
    if (!is_watched_file(file, path))
        return (int)syscall(call, file);
    if (fstat(file, &s) != 0)
        give_up(path);
    lock();
    uint64_t covered = notes;
    unlock();
    nanosleep(&sync_time, NULL);
    lock();
    note((struct note){ .kind = SYNCED, .inode = s.st_ino, .offset = covered }, path, "", "");
    unlock();
    return 0;
}

int fsync(int file) { return sync_file(file, SYS_fsync); }
int fdatasync(int file) { return sync_file(file, SYS_fdatasync); }

/* ---- names ---- */

static uint64_t folder_of(const char *path)
{
    char parent[PATH_MAX];
    struct stat s;
    snprintf(parent, sizeof parent, "%s", path);
    char *end = strrchr(parent, '/');
    if (end != NULL)
        *end = 0;
    if (stat(parent, &s) != 0)
        give_up(parent);
    return s.st_ino;
}

static void keep(const char *path)
{
    char kept[PATH_MAX];
    snprintf(kept, sizeof kept, "%s.%llu", log_path, (unsigned long long)notes);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0) != 0)
        give_up(kept);
}

static int exists(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0;
}

static int open_file(int at, const char *path, int flags, mode_t mode)
{
    if ((flags & O_CREAT) == 0 || !is_watched(path))
        return (int)syscall(SYS_openat, at, path, flags, mode);
    lock();
    int was = exists(path);
    int file = (int)syscall(SYS_openat, at, path, flags & ~O_TRUNC, mode);
    if (file >= 0 && !was)
        note((struct note){ .kind = CREATED, .inode = folder_of(path) }, path, "", "");
    if (file >= 0 && was && (flags & O_TRUNC) != 0) {
        note_resize(file, path, 0);
        syscall(SYS_ftruncate, file, 0);
    }
    unlock();
    return file;
}

#define WITH_MODE \
    mode_t mode = 0; \
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) { WITH_MODE return open_file(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE return open_file(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { WITH_MODE return open_file(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { WITH_MODE return open_file(at, path, flags | O_LARGEFILE, mode); }

int mkdir(const char *path, mode_t mode)
{
    if (!is_watched(path))
        return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    lock();
    int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (result == 0)
        note((struct note){ .kind = CREATED, .inode = folder_of(path) }, path, "", "");
    unlock();
    return result;
}

int rename(const char *from, const char *to)
{
    if (!is_watched(from) && !is_watched(to))
        return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    lock();
    int replaced = exists(to);
    if (replaced)
        keep(to);
    note((struct note){ .kind = RENAMED, .replaced = (uint32_t)replaced, .inode = folder_of(to) }, from, to, "");
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result != 0)
        give_up(to);
    unlock();
    return result;
}

int link(const char *from, const char *to)
{
    if (!is_watched(to))
        return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    lock();
    int result = (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0)
        note((struct note){ .kind = CREATED, .inode = folder_of(to) }, to, "", "");
    unlock();
    return result;
}

int unlink(const char *path)
{
    struct stat s;
    /* A socket is nothing that a disk keeps. */
    if (!is_watched(path) || lstat(path, &s) != 0 || !S_ISREG(s.st_mode))
        return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    lock();
    keep(path);
    note((struct note){ .kind = REMOVED, .inode = folder_of(path) }, path, "", "");
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    unlock();
    return result;
}

