using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Simulation.Histories;

/// <summary>A recovery that does not know one kind of record.</summary>
internal sealed class Forgets(RecordKind kind) : Mutant
{
    internal override IJournalReplay Replay(IJournalReplay replay) => new Changed(replay, kind);

    private sealed class Changed(IJournalReplay replay, RecordKind kind) : MutantReplay(replay)
    {
        public override void Record(long position, ReadOnlySpan<byte> record)
        {
            if (KindOf(record) != kind)
            {
                base.Record(position, record);
            }
        }
    }
}

/// <summary>A recovery that takes what a segment held before it was used again for what it holds now.</summary>
internal sealed class ReusesPositions : Mutant
{
    private const int Remembered = 40;

    private readonly Queue<byte[]> _old = new();

    internal override IJournalReplay Replay(IJournalReplay replay) => new Changed(replay, _old);

    private sealed class Changed(IJournalReplay replay, Queue<byte[]> old) : MutantReplay(replay)
    {
        public override void Record(long position, ReadOnlySpan<byte> record)
        {
            base.Record(position, record);
            if (KindOf(record) != RecordKind.Published)
            {
                return;
            }

            old.Enqueue(record.ToArray());
            if (old.Count > Remembered)
            {
                base.Record(position, old.Dequeue());
            }
        }
    }
}

/// <summary>A recovery that loses the last record of each batch that has several: what belongs together does not stay so.</summary>
internal sealed class TearsBatches : Mutant
{
    internal override IJournalReplay Replay(IJournalReplay replay) => new Changed(replay);

    private sealed class Changed(IJournalReplay replay) : MutantReplay(replay)
    {
        private const int PrefixBytes = 4;

        private (long Position, byte[] Record)? _held;
        private bool _follows;

        public override void Record(long position, ReadOnlySpan<byte> record)
        {
            bool sameBatch = _held is { } last && last.Position + last.Record.Length + PrefixBytes == position;
            if (_held is { } held && (sameBatch || !_follows))
            {
                base.Record(held.Position, held.Record);
            }

            _held = (position, record.ToArray());
            _follows = sameBatch;
        }
    }
}

/// <summary>A recovery that takes the last records for a torn tail.</summary>
internal sealed class EndsTooEarly : Mutant
{
    private const int Records = 3;

    internal override IJournalReplay Replay(IJournalReplay replay) => new Changed(replay);

    private sealed class Changed(IJournalReplay replay) : MutantReplay(replay)
    {
        private readonly Queue<(long Position, byte[] Record)> _held = new();

        public override void Record(long position, ReadOnlySpan<byte> record)
        {
            _held.Enqueue((position, record.ToArray()));
            if (_held.Count > Records)
            {
                (long at, byte[] held) = _held.Dequeue();
                base.Record(at, held);
            }
        }
    }
}

/// <summary>A recovery that takes every message for one that was put into its queue first.</summary>
internal sealed class TurnsOrderAround : Mutant
{
    internal override IJournalReplay Replay(IJournalReplay replay) => new Changed(replay);

    private sealed class Changed(IJournalReplay replay) : MutantReplay(replay)
    {
        private (long Position, byte[] Record)? _held;

        public override void Record(long position, ReadOnlySpan<byte> record)
        {
            bool published = KindOf(record) == RecordKind.Published;
            if (published && _held is null)
            {
                _held = (position, record.ToArray());
                return;
            }

            base.Record(position, record);
            if (_held is { } held)
            {
                base.Record(held.Position, held.Record);
                _held = null;
            }
        }
    }
}
