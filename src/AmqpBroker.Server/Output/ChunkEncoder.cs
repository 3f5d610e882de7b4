using AmqpBroker.Core.Sessions;

namespace AmqpBroker.Server.Output;

/// <summary>
/// Turns a queue of chunks into sends: fills the buffer, remembers where it stopped, and gives the chunks back once the send
/// that held their last byte is over. One thread at a time.
/// </summary>
internal sealed class ChunkEncoder
{
    private readonly ContentEncoder _content = new();
    private OutboundChunk? _current;
    private OutboundChunk? _encoded;
    private int _arenaWritten;
    private int _item;

    /// <summary>What the next send holds.</summary>
    public SendBuffer Buffer { get; } = new();

    /// <summary>The negotiated frame_max in bytes.</summary>
    public uint FrameMax
    {
        set => _content.MaxPayloadBytes = value == 0 ? int.MaxValue : (int)Math.Min(int.MaxValue, value - 8);
    }

    /// <summary>Whether a chunk is half encoded: its rest comes before everything else.</summary>
    public bool IsAtChunkStart => _current is null;

    /// <summary>Encodes from <paramref name="queue"/>, taking chunks off it, until the buffer or the queue is through.</summary>
    public void Fill(ref OutboundChunk? queue)
    {
        while (true)
        {
            if (_current is null)
            {
                if (queue is null)
                {
                    return;
                }

                _current = queue;
                queue = _current.Next;
                _arenaWritten = 0;
                _item = 0;
            }

            Buffer.Prepare(queue is null ? Expected(_current) : SendBuffer.BlockBytes);
            if (!Encode(_current))
            {
                return;
            }

            _current.Next = _encoded;
            _encoded = _current;
            _current = null;
        }
    }

    /// <summary>The send is over: gives back what it completed.</summary>
    /// <returns>The credit that this frees, in bytes.</returns>
    public long Sent()
    {
        Buffer.Reset();
        long bytes = 0;
        while (_encoded is { } chunk)
        {
            _encoded = chunk.Next;
            bytes += chunk.Bytes;
            chunk.Recycle();
        }

        return bytes;
    }

    /// <summary>Nothing will be sent any more: gives everything back.</summary>
    public void Discard()
    {
        if (_current is { } chunk)
        {
            _current = null;
            chunk.Recycle();
        }

        Sent();
        Buffer.ReturnBlock();
    }

    /// <summary>About how long the chunk's frames are.</summary>
    private static long Expected(OutboundChunk chunk) => chunk.Bytes + (32L * chunk.Items.Length);

    private bool Encode(OutboundChunk chunk)
    {
        ReadOnlySpan<OutboundChunk.Item> items = chunk.Items;
        while (_item < items.Length)
        {
            ref readonly OutboundChunk.Item item = ref items[_item];
            if (!CopyArena(chunk, item.ArenaEnd))
            {
                return false;
            }

            if (item.Content is { } content && !_content.Write(Buffer, item.Channel, content))
            {
                return false;
            }

            _item++;
        }

        return CopyArena(chunk, chunk.ArenaLength);
    }

    private bool CopyArena(OutboundChunk chunk, int end)
    {
        _arenaWritten += Buffer.Copy(chunk.Arena[_arenaWritten..end]);
        return _arenaWritten == end;
    }
}
