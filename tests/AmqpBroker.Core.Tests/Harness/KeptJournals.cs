using AmqpBroker.Core.Brokers;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Tests.Harness;

/// <summary>Journals in memory that a broker finds again when it is opened anew.</summary>
internal sealed class KeptJournals : IJournalFactory
{
    private readonly Dictionary<string, MemoryJournal> _journals = [];

    /// <summary>The names of the journals that there are.</summary>
    internal IReadOnlyCollection<string> Names => _journals.Keys;

    internal MemoryJournal this[string name] => _journals[name];

    public IJournal Open(string name, IJournalReplay replay, out bool cleanStop)
    {
        cleanStop = false;
        if (_journals.TryGetValue(name, out MemoryJournal? before))
        {
            MemoryJournal next = before.Reopen(replay, out RecoveryInfo info);
            cleanStop = info.CleanStop;
            return _journals[name] = next;
        }

        return _journals[name] = new MemoryJournal();
    }

    public void Delete(string name) => _journals.Remove(name);
}
