namespace AmqpBroker.Storage;

/// <summary>
/// Pinned blocks for batches, shared by all journals of the process. Pinned, because the kernel gathers from them; bounded,
/// so that a burst gives its memory back.
/// </summary>
internal static class ChunkPool
{
    /// <summary>The size of a pooled block.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>16 MiB stay: two full groups, beyond that the collector takes them.</summary>
    private const int MaxRetained = 256;

    private static readonly Lock Gate = new();
    private static readonly byte[]?[] Free = new byte[]?[MaxRetained];
    private static int s_count;

    /// <summary>Gives a block of at least <paramref name="minimumBytes"/>; blocks above <see cref="ChunkBytes"/> are not pooled.</summary>
    public static byte[] Rent(int minimumBytes)
    {
        if (minimumBytes > ChunkBytes)
        {
            return GC.AllocateUninitializedArray<byte>(minimumBytes, pinned: true);
        }

        lock (Gate)
        {
            if (s_count > 0)
            {
                byte[] chunk = Free[--s_count]!;
                Free[s_count] = null;
                return chunk;
            }
        }

        return GC.AllocateUninitializedArray<byte>(ChunkBytes, pinned: true);
    }

    /// <summary>Takes a block back.</summary>
    public static void Return(byte[] chunk)
    {
        if (chunk.Length != ChunkBytes)
        {
            return;
        }

        lock (Gate)
        {
            if (s_count < MaxRetained)
            {
                Free[s_count++] = chunk;
            }
        }
    }
}
