using System.Net.Sockets;
using System.Runtime.CompilerServices;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Protocol;
using AmqpBroker.Server.Transports;

namespace AmqpBroker.Server.Output;

/// <summary>
/// The one way out of a connection. Any thread enqueues and flushes; one of them sends at a time, the others leave a note.
/// A send that the socket takes at once goes on in a loop; one that waits continues by itself, so that nobody who flushes
/// is ever held up by a slow reader. What is queued is bounded by the session's byte credit.
/// </summary>
internal sealed class FrameSender : IThreadPoolWorkItem
{
    /// <summary>
    /// What one call sends on its caller's thread before the pool takes over: the caller has a connection of its own to read.
    /// </summary>
    private const int BorrowedBytes = 1024 * 1024;

    /// <summary>
    /// Sends within sends on one thread: what was sent gives credit, with which the lane delivers to others, whose frames are
    /// sent, and so on. Deeper ones go to the pool, so that the stack stays small however many consumers there are.
    /// </summary>
    private const int MaxNesting = 4;

    [ThreadStatic]
    private static int t_nesting;

    private readonly Transport _transport;
    private readonly ChunkEncoder _encoder = new();
    private readonly IFrameSenderOwner _owner;

    // Newest first; taken whole by the sender.
    private OutboundChunk? _inbox;

    // Taken from the inbox, oldest first; belongs to whoever sends.
    private OutboundChunk? _queue;
    private OutboundChunk? _tail;

    // Flushes asked for and not yet answered by a pass over the queue; who raises it from 0 sends.
    private int _flushes;
    private int _heartbeatDue;
    private long _sentBytes;
    private long _sentCount;
    private volatile bool _failed;
    private volatile bool _crashed;
    private volatile TaskCompletionSource? _idle;

    /// <summary>A sender to <paramref name="transport"/>.</summary>
    public FrameSender(Transport transport, IFrameSenderOwner owner)
    {
        _transport = transport;
        _owner = owner;
    }

    /// <summary>Bytes sent so far. Any thread.</summary>
    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>How often something was sent. Any thread.</summary>
    public long SentCount => Volatile.Read(ref _sentCount);

    /// <summary>The negotiated frame_max in bytes; set before the first content.</summary>
    public uint FrameMax
    {
        set => _encoder.FrameMax = value;
    }

    /// <summary>The connection can send no more; everything that is still enqueued is dropped.</summary>
    public bool Failed => _failed;

    /// <summary>Adds frames behind all enqueued before.</summary>
    public void Enqueue(OutboundChunk chunk)
    {
        OutboundChunk? head = Volatile.Read(ref _inbox);
        while (true)
        {
            chunk.Next = head;
            OutboundChunk? found = Interlocked.CompareExchange(ref _inbox, chunk, head);
            if (ReferenceEquals(found, head))
            {
                return;
            }

            head = found;
        }
    }

    /// <summary>Sends what is enqueued, here or where a send is under way.</summary>
    public void Flush()
    {
        if (Interlocked.Increment(ref _flushes) == 1)
        {
            if (t_nesting < MaxNesting)
            {
                Execute();
            }
            else
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }
    }

    /// <summary>Sends a heartbeat frame unless other frames go out anyway.</summary>
    public void SendHeartbeat()
    {
        Volatile.Write(ref _heartbeatDue, 1);
        Flush();
    }

    /// <summary>Completes when all that is enqueued by now has been handed to the carrier, or cannot be any more.</summary>
    public Task WhenSentAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _idle = idle;
        Flush();
        if (_crashed)
        {
            idle.TrySetResult();
        }

        return idle.Task;
    }

    /// <summary>Sends on this thread until nothing is left or the socket takes no more. Only for who raised the flushes from 0.</summary>
    public void Execute()
    {
        t_nesting++;
        try
        {
            _ = SendAllAsync();
        }
        finally
        {
            t_nesting--;
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            await SendUntilEmptyAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nobody awaits this task. The flushes stay above 0, so nothing is sent any more; the connection has to end.
            _crashed = true;
            Interlocked.MemoryBarrier();
            _idle?.TrySetResult();
            _owner.SendCrashed(e);
        }
    }

    private async Task SendUntilEmptyAsync()
    {
        int sentHere = 0;
        while (true)
        {
            // Taken before the queue is looked at: who waits has enqueued before, so this pass sends what it waits for.
            TaskCompletionSource? idle = _idle;
            int seen = Volatile.Read(ref _flushes);
            while (Fill())
            {
                int bytes = _encoder.Buffer.Bytes;
                await SendAsync().ConfigureAwait(false);
                Volatile.Write(ref _sentBytes, _sentBytes + bytes);
                Volatile.Write(ref _sentCount, _sentCount + 1);
                sentHere += bytes;
                if (sentHere >= BorrowedBytes)
                {
                    // _flushes stays above 0: the work item goes on as the one who sends.
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                }
            }

            _encoder.Buffer.ReturnBlock();
            idle?.TrySetResult();
            if (Interlocked.Add(ref _flushes, -seen) == 0)
            {
                return;
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync()
    {
        try
        {
            await _encoder.Buffer.SendAsync(_transport).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            _failed = true;
            Discard();
            _owner.SendFailed();
            return;
        }

        long freed = _encoder.Sent();
        _owner.Sent(freed, queueEmpty: _queue is null && _encoder.IsAtChunkStart && Volatile.Read(ref _inbox) is null);
    }

    /// <summary>Encodes what there is.</summary>
    /// <returns>Whether there is something to send.</returns>
    private bool Fill()
    {
        TakeInbox();
        if (_failed)
        {
            Discard();
            return false;
        }

        _encoder.Fill(ref _queue);
        if (Interlocked.Exchange(ref _heartbeatDue, 0) != 0 && _encoder.Buffer.IsEmpty)
        {
            _encoder.Buffer.Prepare(FrameWriter.Heartbeat.Length);
            _encoder.Buffer.Copy(FrameWriter.Heartbeat);
        }

        return !_encoder.Buffer.IsEmpty;
    }

    private void TakeInbox()
    {
        if (Volatile.Read(ref _inbox) is null)
        {
            return;
        }

        OutboundChunk? newest = Interlocked.Exchange(ref _inbox, null);
        OutboundChunk? oldest = null;
        OutboundChunk? last = newest;
        while (newest is not null)
        {
            OutboundChunk? next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }

        if (_queue is null)
        {
            _queue = oldest;
            _tail = last;
        }
        else
        {
            _tail!.Next = oldest;
            _tail = last;
        }
    }

    private void Discard()
    {
        TakeInbox();
        _encoder.Discard();
        while (_queue is { } chunk)
        {
            _queue = chunk.Next;
            chunk.Recycle();
        }
    }
}
