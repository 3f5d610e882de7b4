using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Backlog;

/// <summary>
/// Messages that are in the journal alone, on their way to another place in it: read where it may block, written anew in the
/// lane, and only when the disk has that does what refers to them change, since it may be read at any time. Used once.
/// </summary>
internal abstract class Relocation(SurvivorMove move, MessageQueue queue) : LaneWork, IJournalRead
{
    private readonly List<(StoredEntry Entry, Message? Message)> _read = [];

    /// <summary>It may be applied when the journal is durable up to here; -1 while the old places are read.</summary>
    private long _copiedUpTo = -1;
    private bool _isCopied;

    /// <summary>Its queue.</summary>
    protected MessageQueue Queue => queue;

    /// <summary>What was read. A message is null where it stays where it is.</summary>
    protected IReadOnlyList<(StoredEntry Entry, Message? Message)> Entries => _read;

    /// <summary>Some of it could not be read.</summary>
    internal bool IsDamaged { get; private set; }

    /// <summary>It may be applied.</summary>
    internal bool IsReady => _copiedUpTo >= 0 && _copiedUpTo <= queue.Host.Journal.CommittedPosition;

    /// <inheritdoc/>
    public void Run(IJournal journal)
    {
        try
        {
            Read(journal);
        }
#pragma warning disable CA1031 // whatever it is, the lane has to hear of it: the place is left as it is
        catch (Exception)
#pragma warning restore CA1031
        {
            IsDamaged = true;
        }

        queue.Host.PostToLane(this);
    }

    /// <summary>Writes what was read once more.</summary>
    public override void Execute()
    {
        long end = 0;
        _isCopied = IsWanted && !IsDamaged;
        if (_isCopied)
        {
            foreach ((_, Message? message) in _read)
            {
                if (message is not null)
                {
                    move.Copy(message);
                    queue.Host.AddStoredReference(message);
                    end = Math.Max(end, message.StoredAt + message.StoredLength);
                }
            }
        }

        _copiedUpTo = end;
        queue.Host.EndCommand();
    }

    /// <summary>The new places count from now on, if anybody still refers to the old ones.</summary>
    internal void Apply()
    {
        if (_isCopied && IsWanted)
        {
            ChangePlaces();
        }

        foreach ((_, Message? message) in _read)
        {
            if (_isCopied && message is not null)
            {
                queue.Host.RemoveStoredReference(message);
            }

            message?.Release();
        }
    }

    /// <summary>Somebody still refers to what is read. Lane only.</summary>
    protected abstract bool IsWanted { get; }

    /// <summary>Reads all that is to move. May block on the disk.</summary>
    protected abstract void Read(IJournal journal);

    /// <summary>Has what is moved be found where it is. Lane only.</summary>
    protected abstract void ChangePlaces();

    /// <summary>Reads one that moves; or notes one that does not. May block on the disk.</summary>
    protected void Note(IJournal journal, in StoredEntry entry, bool moves, ShortStringCache names)
    {
        Message? message = moves ? PageRead.TryLoad(journal, in entry, names, out _) : null;
        IsDamaged |= moves && message is null;
        _read.Add((entry, message));
    }

    /// <summary>The entry where its message is now.</summary>
    protected static StoredEntry Moved(in StoredEntry entry, Message? message)
    {
        if (message is null)
        {
            return entry;
        }

        StoredPlace place = StoredPlace.Of(message);
        return entry with { StoredAt = place.At, StoredLength = place.Length, BodyElsewhere = place.BodyElsewhere };
    }
}
