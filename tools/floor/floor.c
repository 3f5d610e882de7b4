// floor: the least a broker could do, as a measuring stick for brokers.
//
//   cc -O2 -std=c11 -Wall -Wextra -o floor floor.c        (or: make)
//   ./floor [-p PORT] [-f FILE] [-s read|none] [-a MIB] [-b] [-r KIB]
//
//   -p PORT   loopback port to listen on (default 5699)
//   -f FILE   append everything that publishers send to FILE (default: no file at all, for transient runs)
//   -s MODE   read: one fdatasync for what a round of reads brought (default); none: leave flushing to the kernel
//   -a MIB    write FILE full of zeros and sync it before serving, then overwrite it in place, round and round;
//             0: let the file grow instead. Default 256: on ext4, 1 KB messages, window 1,000, writing in place took
//             0.5 µs of CPU per message and growing 2 to 3 µs, at two to three times the rate
//   -b        sync before sending on, not only before the confirm (default: send on, sync, confirm; it made no difference
//             that stands out from the disk's own ups and downs)
//   -r KIB    largest read (default 1024)
//
// It speaks just enough AMQP 0-9-1, with canned replies, for an AMQP load generator to drive it unchanged. There are
// no queues, no routing, no checksums, no prefetch: messages of the p-th publisher go to consumer p modulo the number
// of consumers, and are dropped when there is none. One process, one thread, blocking writes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNS = 4096, OUT_CAP = 1 << 18, COPY_LIMIT = 16 << 10, TAG_CAP = 255 };

typedef struct {
  int fd;
  int number;          // among publishers or consumers, in order of arrival
  bool greeted;        // the protocol header was read
  bool publisher;
  bool consumer;
  bool confirms;
  uint16_t channel;    // the channel last used for consume or publish
  uint8_t tag[TAG_CAP + 1]; // consumer tag as a short string, length first
  uint64_t published;  // messages taken from this publisher
  uint64_t confirmed;  // of these, confirmed
  uint64_t delivered;  // delivery tag last given to this consumer
  uint8_t *in;
  size_t inLen, inCap;
  uint8_t *out;
  size_t outLen;
} Conn;

static Conn *conns[MAX_CONNS]; // by file descriptor
static Conn *publishers[MAX_CONNS];
static Conn *consumers[MAX_CONNS];
static int publisherCount, consumerCount;

static int fileFd = -1;
static bool syncEachRound = true, syncFirst;
static size_t fileSize, filePos; // fileSize 0: the file grows
static size_t readSize = 1 << 20;
static bool fileDirty;

static void die(const char *what) { perror(what); exit(1); }

static uint16_t get16(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }
static uint32_t get32(const uint8_t *p) { return (uint32_t)get16(p) << 16 | get16(p + 2); }
static uint64_t get64(const uint8_t *p) { return (uint64_t)get32(p) << 32 | get32(p + 4); }
static uint8_t *put16(uint8_t *p, uint16_t v) { p[0] = v >> 8; p[1] = (uint8_t)v; return p + 2; }
static uint8_t *put32(uint8_t *p, uint32_t v) { return put16(put16(p, v >> 16), (uint16_t)v); }
static uint8_t *put64(uint8_t *p, uint64_t v) { return put32(put32(p, v >> 32), (uint32_t)v); }
static uint8_t *putBytes(uint8_t *p, const void *b, size_t n) { memcpy(p, b, n); return p + n; }
static uint8_t *putShort(uint8_t *p, const char *s) { *p = (uint8_t)strlen(s); return putBytes(p + 1, s, *p); }

static bool sendAll(int fd, const uint8_t *p, size_t n) {
  while (n > 0) {
    ssize_t w = send(fd, p, n, MSG_NOSIGNAL);
    if (w < 0 && errno == EINTR) continue;
    if (w <= 0) return false;
    p += w;
    n -= (size_t)w;
  }
  return true;
}

static void flush(Conn *c) {
  if (c->outLen > 0) sendAll(c->fd, c->out, c->outLen); // a lost peer shows in the next read
  c->outLen = 0;
}

static uint8_t *room(Conn *c, size_t n) {
  if (c->outLen + n > OUT_CAP) flush(c);
  return c->out + c->outLen;
}

// Writes a method frame whose arguments are given, into the connection's out buffer.
static void method(Conn *c, uint16_t channel, uint16_t cls, uint16_t id, const uint8_t *args, size_t n) {
  uint8_t *p = room(c, n + 12), *start = p;
  *p++ = 1;
  p = put16(p, channel);
  p = put32(p, (uint32_t)n + 4);
  p = put16(put16(p, cls), id);
  p = putBytes(p, args, n);
  *p++ = 0xCE;
  c->outLen += (size_t)(p - start);
}

static void start(Conn *c) {
  uint8_t a[128], *p = a;
  *p++ = 0;
  *p++ = 9;
  p = put32(p, 0); // no server properties
  p = put32(p, 5);
  p = putBytes(p, "PLAIN", 5);
  p = put32(p, 5);
  p = putBytes(p, "en_US", 5);
  method(c, 0, 10, 10, a, (size_t)(p - a));
}

static void tune(Conn *c) {
  uint8_t a[8];
  put16(put32(put16(a, 2047), 131072), 0);
  method(c, 0, 10, 30, a, 8);
}

static void consume(Conn *c, uint16_t ch, const uint8_t *args) {
  const uint8_t *tag = args + 2 + 1 + args[2]; // after ticket and queue
  if (tag[0] == 0) putShort(c->tag, "c");
  else memcpy(c->tag, tag, (size_t)tag[0] + 1);
  c->channel = ch;
  if (!c->consumer) {
    c->consumer = true;
    consumers[consumerCount++] = c;
  }
  method(c, ch, 60, 21, c->tag, (size_t)c->tag[0] + 1);
}

static void declareQueue(Conn *c, uint16_t ch, const uint8_t *args) {
  uint8_t a[300], *p = a;
  p = args[2] ? putBytes(p, args + 2, (size_t)args[2] + 1) : putShort(p, "q");
  p = put64(p, 0); // no messages, no consumers
  method(c, ch, 50, 11, a, (size_t)(p - a));
}

// Everything but basic.publish. Returns false when the connection is to be closed.
static bool command(Conn *c, uint16_t ch, const uint8_t *p) {
  uint16_t cls = get16(p), id = get16(p + 2);
  const uint8_t *args = p + 4;
  uint8_t zero[8] = {0};
  switch ((uint32_t)cls << 16 | id) {
  case 10 << 16 | 11: tune(c); break;                                  // start-ok
  case 10 << 16 | 31: break;                                           // tune-ok
  case 10 << 16 | 40: method(c, ch, 10, 41, zero, 1); break;           // open
  case 10 << 16 | 50: method(c, ch, 10, 51, zero, 0); flush(c); return false;
  case 10 << 16 | 51: return false;
  case 20 << 16 | 10: method(c, ch, 20, 11, zero, 4); break;           // channel.open
  case 20 << 16 | 40: method(c, ch, 20, 41, zero, 0); break;           // channel.close
  case 40 << 16 | 10: method(c, ch, 40, 11, zero, 0); break;           // exchange.declare
  case 40 << 16 | 20: method(c, ch, 40, 21, zero, 0); break;           // exchange.delete
  case 50 << 16 | 10: declareQueue(c, ch, args); break;
  case 50 << 16 | 20: method(c, ch, 50, 21, zero, 0); break;           // queue.bind
  case 50 << 16 | 30: method(c, ch, 50, 31, zero, 4); break;           // queue.purge
  case 50 << 16 | 40: method(c, ch, 50, 41, zero, 4); break;           // queue.delete
  case 60 << 16 | 10: method(c, ch, 60, 11, zero, 0); break;           // basic.qos
  case 60 << 16 | 20: consume(c, ch, args); break;
  case 60 << 16 | 30: method(c, ch, 60, 31, args, (size_t)args[0] + 1); break; // basic.cancel
  case 60 << 16 | 80: break;                                           // basic.ack: read, no more
  case 85 << 16 | 10: c->confirms = true; method(c, ch, 85, 11, zero, 0); break;
  default: fprintf(stderr, "floor: no reply for method %u.%u\n", cls, id); return false;
  }
  return true;
}

// Sends a publish on: content is the header frame and the body frames as they came.
static void deliver(Conn *to, const uint8_t *publishArgs, const uint8_t *content, size_t contentLen) {
  const uint8_t *exchange = publishArgs + 2;
  const uint8_t *key = exchange + 1 + exchange[0];
  size_t names = 2 + (size_t)exchange[0] + key[0]; // both short strings stand side by side, as in basic.deliver
  uint8_t *p = room(to, 1024 + (contentLen < COPY_LIMIT ? contentLen : 0)), *begin = p;
  *p++ = 1;
  p = put16(p, to->channel);
  p = put32(p, (uint32_t)(4 + to->tag[0] + 1 + 9 + names));
  p = put16(put16(p, 60), 60);
  p = putBytes(p, to->tag, (size_t)to->tag[0] + 1);
  p = put64(p, ++to->delivered);
  *p++ = 0;
  p = putBytes(p, exchange, names);
  *p++ = 0xCE;
  if (contentLen < COPY_LIMIT) p = putBytes(p, content, contentLen);
  to->outLen += (size_t)(p - begin);
  if (contentLen >= COPY_LIMIT) {
    flush(to);
    sendAll(to->fd, content, contentLen);
  }
}

// The length of the whole frame at p, or 0 when it is not all there.
static size_t frameAt(const uint8_t *p, const uint8_t *end) {
  if (end - p < 8) return 0;
  size_t n = (size_t)get32(p + 3) + 8;
  return (size_t)(end - p) < n ? 0 : n;
}

// The length of header and body frames at p, or 0 when they are not all there.
static size_t contentAt(const uint8_t *p, const uint8_t *end) {
  size_t n = frameAt(p, end), total = n;
  if (n == 0) return 0;
  uint64_t left = get64(p + 11);
  while (left > 0) {
    n = frameAt(p + total, end);
    if (n == 0) return 0;
    left -= n - 8;
    total += n;
  }
  return total;
}

// Handles all that is complete in the in-buffer. Returns false when the connection is to be closed.
static bool handle(Conn *c) {
  const uint8_t *p = c->in, *end = c->in + c->inLen;
  if (!c->greeted) {
    if (c->inLen < 8) return true;
    if (memcmp(p, "AMQP", 4) != 0) return false;
    c->greeted = true;
    start(c);
    p += 8;
  }
  for (;;) {
    size_t n = frameAt(p, end);
    if (n == 0) break;
    if (p[n - 1] != 0xCE) return false;
    if (p[0] == 1 && get32(p + 7) == (60u << 16 | 40)) {
      size_t content = contentAt(p + n, end);
      if (content == 0) break;
      if (!c->publisher) {
        c->publisher = true;
        c->number = publisherCount;
        publishers[publisherCount++] = c;
      }
      c->channel = get16(p + 1);
      c->published++;
      if (consumerCount > 0) deliver(consumers[c->number % consumerCount], p + 11, p + n, content);
      n += content;
    } else if (p[0] == 1 && !command(c, get16(p + 1), p + 7)) {
      return false;
    }
    p += n;
  }
  c->inLen = (size_t)(end - p);
  memmove(c->in, p, c->inLen);
  return true;
}

static void append(const uint8_t *p, size_t n) {
  fileDirty = true;
  while (n > 0) {
    size_t part = n;
    if (fileSize > 0) {
      if (filePos == fileSize) filePos = 0;
      if (part > fileSize - filePos) part = fileSize - filePos;
    }
    ssize_t w = pwrite(fileFd, p, part, (off_t)filePos);
    if (w <= 0) die("write");
    filePos += (size_t)w;
    p += w;
    n -= (size_t)w;
  }
}

static void syncFile(void) {
  if (!fileDirty) return;
  fileDirty = false;
  if (syncEachRound && fdatasync(fileFd) != 0) die("fdatasync");
}

static void forget(Conn **list, int *count, Conn *c) {
  for (int i = 0; i < *count; i++)
    if (list[i] == c) {
      memmove(list + i, list + i + 1, sizeof *list * (size_t)(*count - i - 1));
      --*count;
      return;
    }
}

static void closeConn(Conn *c) {
  forget(publishers, &publisherCount, c);
  forget(consumers, &consumerCount, c);
  conns[c->fd] = NULL;
  close(c->fd);
  free(c->in);
  free(c->out);
  free(c);
}

static bool readOnce(Conn *c) {
  if (c->inCap - c->inLen < readSize) {
    c->inCap = c->inLen + 2 * readSize;
    c->in = realloc(c->in, c->inCap);
    if (!c->in) die("realloc");
  }
  ssize_t n = recv(c->fd, c->in + c->inLen, readSize, 0);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  uint8_t *fresh = c->in + c->inLen;
  c->inLen += (size_t)n;
  if (fileFd >= 0 && !c->consumer && c->greeted) append(fresh, (size_t)n);
  return handle(c);
}

static void acceptOne(int listener, int epoll) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;
  if (fd < 0) return;
  if (fd >= MAX_CONNS) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  Conn *c = calloc(1, sizeof *c);
  if (!c || !(c->out = malloc(OUT_CAP))) die("malloc");
  c->fd = fd;
  conns[fd] = c;
  struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0) die("epoll_ctl");
}

static void confirmAll(void) {
  for (int i = 0; i < publisherCount; i++) {
    Conn *c = publishers[i];
    if (!c->confirms || c->published == c->confirmed) continue;
    uint8_t a[9];
    c->confirmed = c->published;
    *put64(a, c->confirmed) = 1; // multiple
    method(c, c->channel, 60, 80, a, 9);
  }
}

static void flushAll(Conn **list, int count) {
  for (int i = 0; i < count; i++) flush(list[i]);
}

static void openFile(const char *path, size_t mib) {
  fileFd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fileFd < 0) die(path);
  static uint8_t zeros[1 << 20];
  fileSize = 0;
  for (size_t i = 0; i < mib; i++) append(zeros, sizeof zeros);
  fileSize = mib << 20;
  filePos = 0;
  fileDirty = false;
  if (fsync(fileFd) != 0) die("fsync");
}

static int listenOn(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0) die("bind");
  if (listen(fd, 1024) != 0) die("listen");
  return fd;
}

int main(int argc, char **argv) {
  int port = 5699, opt;
  size_t mib = 256;
  const char *path = NULL;
  while ((opt = getopt(argc, argv, "p:f:s:a:br:")) != -1) switch (opt) {
    case 'p': port = atoi(optarg); break;
    case 'f': path = optarg; break;
    case 's': syncEachRound = strcmp(optarg, "none") != 0; break;
    case 'a': mib = (size_t)atol(optarg); break;
    case 'b': syncFirst = true; break;
    case 'r': readSize = (size_t)atol(optarg) << 10; break;
    default: fprintf(stderr, "see the head of floor.c for the options\n"); return 2;
    }
  signal(SIGPIPE, SIG_IGN);
  if (path) openFile(path, mib);
  int listener = listenOn(port), epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, ready[256];
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e) != 0) die("epoll_ctl");
  printf("floor: serving on 127.0.0.1:%d\n", port);
  fflush(stdout);

  for (;;) {
    int n = epoll_wait(epoll, ready, 256, -1);
    for (int i = 0; i < n; i++) {
      if (ready[i].data.fd == listener) {
        acceptOne(listener, epoll);
        continue;
      }
      Conn *c = conns[ready[i].data.fd];
      if (!readOnce(c)) closeConn(c);
      else if (!c->publisher && !c->consumer) flush(c); // replies of the opening
    }
    if (syncFirst) syncFile();
    flushAll(consumers, consumerCount);
    syncFile();
    confirmAll();
    flushAll(publishers, publisherCount);
  }
}
