using AmqpBroker.Control;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting;

/// <summary>The files of all journals of a broker, held until this is disposed.</summary>
internal sealed class HeldJournals(IReadOnlyList<HeldFiles> held, Action release) : IHeldJournals
{
    private Action? _release = release;

    public IReadOnlyList<JournalListing> Journals { get; } =
        [.. held.Select(static h => new JournalListing(Path.GetFileName(h.Directory), [.. h.Files.Select(static f => new FileListing(f.Name, f.Bytes))]))];

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _release, null) is { } release)
        {
            foreach (HeldFiles files in held)
            {
                files.Dispose();
            }

            release();
        }
    }
}
