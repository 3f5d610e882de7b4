using AmqpBroker.Storage;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A journal that says of what was only appended that it is durable.</summary>
internal sealed class ConfirmsEarly : Mutant
{
    internal override IJournal Journal(IJournal journal) => new Changed(journal);

    private sealed class Changed(IJournal journal) : MutantJournal(journal)
    {
        public override long CommittedPosition => Inner.NextPosition;
    }
}

/// <summary>A journal that does not count what lives: segments are used again while messages in them are needed.</summary>
internal sealed class ReleasesTooEarly : Mutant
{
    internal override IJournal Journal(IJournal journal) => new Changed(journal);

    private sealed class Changed(IJournal journal) : MutantJournal(journal)
    {
        public override void AddLive(long position, long bytes)
        {
        }

        public override void RemoveLive(long position, long bytes)
        {
        }
    }
}

/// <summary>A journal whose checkpoints say that they hold more than they do.</summary>
internal sealed class StampsImagesTooHigh : Mutant
{
    private const long TooMuch = 700;

    internal override IJournalReplay Replay(IJournalReplay replay) => new Changed(replay);

    private sealed class Changed(IJournalReplay replay) : MutantReplay(replay)
    {
        public override void Image(long stamp, ReadOnlySpan<byte> image) => base.Image(stamp + TooMuch, image);
    }
}

/// <summary>A journal that does not look at checksums: what the disk has spoiled goes to consumers.</summary>
internal sealed class SkipsChecksums : Mutant
{
    internal override IJournal Journal(IJournal journal) => new Reading(journal);

    internal override IJournalReplay Replay(IJournalReplay replay) => new Recovering(replay);

    private static void Spoil(Span<byte> body)
    {
        if (body.Length > 8)
        {
            body[^1] ^= 1;
        }
    }

    private sealed class Reading(IJournal journal) : MutantJournal(journal)
    {
        public override void ReadAt(long position, Span<byte> destination)
        {
            base.ReadAt(position, destination);
            Spoil(destination);
        }
    }

    private sealed class Recovering(IJournalReplay replay) : MutantReplay(replay)
    {
        public override void Record(long position, ReadOnlySpan<byte> record)
        {
            byte[] spoilt = record.ToArray();
            if (KindOf(record) == Core.VirtualHosts.RecordKind.Published)
            {
                Spoil(spoilt);
            }

            base.Record(position, spoilt);
        }
    }
}
