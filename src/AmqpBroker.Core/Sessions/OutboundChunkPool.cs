using System.Collections.Concurrent;

namespace AmqpBroker.Core.Sessions;

/// <summary>Chunks to use again, over all connections.</summary>
internal static class OutboundChunkPool
{
    /// <summary>Enough for a thousand busy connections with one chunk filling and one being sent.</summary>
    private const int Kept = 2048;

    private static readonly ConcurrentQueue<OutboundChunk> Free = new();

    internal static OutboundChunk Take() => Free.TryDequeue(out OutboundChunk? chunk) ? chunk : new OutboundChunk();

    internal static void Return(OutboundChunk chunk)
    {
        if (Free.Count < Kept)
        {
            Free.Enqueue(chunk);
        }
    }
}
