using AmqpBroker.Core.Messages;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>
/// Frames for one connection, in order: method frames already encoded, contents as references to their messages. The lane
/// fills one per turn and session; the connection encodes the contents and sends it outside the lane.
/// One owner at a time: the lane until it is sealed, then the connection, which calls <see cref="Recycle"/>.
/// </summary>
public sealed class OutboundChunk
{
    /// <summary>Arena bytes kept for the next use; a larger arena (a burst of many replies) is dropped.</summary>
    private const int KeptArenaBytes = 64 * 1024;

    private byte[] _arena = new byte[512];
    private Item[] _items = new Item[8];
    private int _itemCount;

    /// <summary>One run of encoded method frames, and the content that follows it, if any.</summary>
    public readonly struct Item
    {
        internal Item(int arenaEnd, ushort channel, Message? content)
        {
            ArenaEnd = arenaEnd;
            Channel = channel;
            Content = content;
        }

        /// <summary>Where the encoded frames that precede the content end in <see cref="Arena"/>.</summary>
        public int ArenaEnd { get; }

        /// <summary>The content's channel.</summary>
        public ushort Channel { get; }

        /// <summary>The message whose content header and body frames follow.</summary>
        public Message? Content { get; }
    }

    /// <summary>The encoded method frames.</summary>
    public ReadOnlySpan<byte> Arena => _arena.AsSpan(0, ArenaLength);

    /// <summary>Bytes of encoded frames.</summary>
    public int ArenaLength { get; private set; }

    /// <summary>The contents in order; frames after the last content are the arena's rest.</summary>
    public ReadOnlySpan<Item> Items => _items.AsSpan(0, _itemCount);

    /// <summary>Nothing to send.</summary>
    public bool IsEmpty => ArenaLength == 0 && _itemCount == 0;

    /// <summary>What sending it takes of the session's byte credit.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next chunk in a connection's queue; belongs to whoever owns the chunk.</summary>
    public OutboundChunk? Next { get; set; }

    /// <summary>An empty chunk.</summary>
    public static OutboundChunk Rent() => OutboundChunkPool.Take();

    /// <summary>Appends a method frame.</summary>
    public void Method<T>(ushort channel, in T method)
        where T : struct, IMethod<T>
    {
        int size = FrameWriter.MethodSize(in method);
        Ensure(size);
        FrameWriter.WriteMethod(_arena.AsSpan(ArenaLength, size), channel, in method);
        ArenaLength += size;
        Bytes += size;
    }

    /// <summary>Appends a method frame and the content that belongs to it; retains the message until it is sent.</summary>
    public void MethodWithContent<T>(ushort channel, in T method, Message content)
        where T : struct, IMethod<T>
    {
        Method(channel, in method);
        if (_itemCount == _items.Length)
        {
            Array.Resize(ref _items, _itemCount * 2);
        }

        content.Retain();
        _items[_itemCount++] = new Item(ArenaLength, channel, content);
        Bytes += content.Bytes;
    }

    /// <summary>Appends frames that are encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> frames)
    {
        Ensure(frames.Length);
        frames.CopyTo(_arena.AsSpan(ArenaLength));
        ArenaLength += frames.Length;
        Bytes += frames.Length;
    }

    /// <summary>Lets go of the contents and gives the chunk back.</summary>
    public void Recycle()
    {
        for (int i = 0; i < _itemCount; i++)
        {
            _items[i].Content?.Release();
            _items[i] = default;
        }

        _itemCount = 0;
        ArenaLength = 0;
        Bytes = 0;
        Next = null;
        if (_arena.Length <= KeptArenaBytes)
        {
            OutboundChunkPool.Return(this);
        }
    }

    private void Ensure(int more)
    {
        if (_arena.Length - ArenaLength < more)
        {
            Array.Resize(ref _arena, Math.Max(_arena.Length * 2, ArenaLength + more));
        }
    }
}
