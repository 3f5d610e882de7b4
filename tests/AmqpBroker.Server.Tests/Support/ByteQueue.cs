namespace AmqpBroker.Server.Tests.Support;

/// <summary>Bytes from one end of a connection to the other, in memory; bounded, so that a reader that does not read is felt.</summary>
internal sealed class ByteQueue(int capacity = 1 << 20)
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _pieces = new();
    private int _offset;
    private int _held;
    private bool _ended;
    private bool _broken;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Written and not yet read.</summary>
    public int HeldBytes
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Task wait;
            lock (_gate)
            {
                if (_broken || _ended)
                {
                    throw new IOException("The connection is closed.");
                }

                int count = Math.Min(bytes.Length, capacity - _held);
                if (count > 0)
                {
                    _pieces.Enqueue(bytes[..count].ToArray());
                    _held += count;
                    bytes = bytes[count..];
                    Changed();
                }

                if (bytes.IsEmpty)
                {
                    return;
                }

                wait = _changed.Task;
            }

            await wait.ConfigureAwait(false);
        }
    }

    public async ValueTask WaitReadableAsync()
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                if (_broken)
                {
                    throw new IOException("The connection is broken.");
                }

                if (_pieces.Count > 0 || _ended)
                {
                    return;
                }

                wait = _changed.Task;
            }

            await wait.ConfigureAwait(false);
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            await WaitReadableAsync().ConfigureAwait(false);
            lock (_gate)
            {
                if (_pieces.TryPeek(out byte[]? piece))
                {
                    int count = Math.Min(buffer.Length, piece.Length - _offset);
                    piece.AsMemory(_offset, count).CopyTo(buffer);
                    _offset += count;
                    _held -= count;
                    if (_offset == piece.Length)
                    {
                        _pieces.Dequeue();
                        _offset = 0;
                    }

                    Changed();
                    return count;
                }

                if (_ended)
                {
                    return 0;
                }
            }
        }
    }

    /// <summary>No more will be written; what is there can be read.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Changed();
        }
    }

    /// <summary>Reading and writing fail from now on.</summary>
    public void Break()
    {
        lock (_gate)
        {
            _broken = true;
            Changed();
        }
    }

    private void Changed()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
