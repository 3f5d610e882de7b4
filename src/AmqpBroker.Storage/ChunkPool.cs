namespace AmqpBroker.Storage;

/// <summary>
/// Pinned blocks for batches, shared by all journals of the process. Pinned, because the kernel gathers from them; bounded,
/// so that a burst gives its memory back.
/// </summary>
internal static class ChunkPool
{
    /// <summary>The size of a pooled block.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>80 MiB: what one journal may have in flight, and the rest of each last block. What stayed unused over a period goes, by halves.</summary>
    private const int MaxRetained = 1280;

    /// <summary>A period, counted in blocks given back.</summary>
    private const int PeriodReturns = 1024;

    private static readonly Lock Gate = new();
    private static readonly byte[]?[] Free = new byte[]?[MaxRetained];
    private static int s_count;
    private static int s_fewest;
    private static int s_returns;

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
                s_fewest = Math.Min(s_fewest, s_count);
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

            if (++s_returns == PeriodReturns)
            {
                Trim();
            }
        }
    }

    private static void Trim()
    {
        for (int excess = s_fewest / 2; excess > 0; excess--)
        {
            Free[--s_count] = null;
        }

        s_returns = 0;
        s_fewest = s_count;
    }
}
