using AmqpBroker.Core.Brokers;
using AmqpBroker.Storage;

namespace AmqpBroker.Server.Tests.Support;

/// <summary>Journals that last as long as the test.</summary>
internal sealed class MemoryJournals : IJournalFactory
{
    public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
    {
        cleanStop = true;
        return new MemoryJournal();
    }
}
