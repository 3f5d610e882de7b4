using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Storage;

namespace AmqpBroker.Simulation.Histories;

/// <summary>
/// A store with an error, made by what stands around it: a disk that does less than it says, a journal that says more than it
/// did, a recovery that forgets. Lives through all restarts of one run. This one has no error.
/// </summary>
internal class Mutant
{
    internal static readonly Mutant None = new();

    internal bool IsOne => this != None;

    internal static RecordKind KindOf(ReadOnlySpan<byte> record) => (RecordKind)record[0];

    internal virtual IFileSystem Disk(IFileSystem disk) => disk;

    internal virtual IJournal Journal(IJournal journal) => journal;

    internal virtual IJournalReplay Replay(IJournalReplay replay) => replay;
}
