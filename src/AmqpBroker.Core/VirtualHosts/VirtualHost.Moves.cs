using System.Runtime.InteropServices;
using AmqpBroker.Core.Backlog;
using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <content>Messages that get another place in the journal.</content>
public sealed partial class VirtualHost
{
    /// <summary>Messages of a queue stand where their entries say from now on.</summary>
    internal void LogMoved(MessageQueue queue, List<StoredEntry> moved)
    {
        if (moved.Count > 0 && !queue.Deleted)
        {
            Log.Moved(queue, CollectionsMarshal.AsSpan(moved));
        }
    }

    /// <summary>A message that one entry keeps was written once more: what was before is not needed.</summary>
    internal void MessageMoved(Message message, in StoredPlace before)
    {
        CountLive(StoredPlace.Of(message));
        UncountLive(in before);
    }

    /// <summary>The entry gets a message of its own, which was written once more, for one that it shares.</summary>
    internal void SetMessage(QueueEntry entry, Message message)
    {
        Message before = entry.Message!;
        AddStoredReference(message);
        entry.Message = message;
        RemoveStoredReference(before);
        before.Release();
    }

    /// <summary>An entry whose message is in the journal alone finds it somewhere else.</summary>
    internal void SetPlace(QueueEntry entry, in StoredPlace place)
    {
        CountLive(in place);
        UncountLive(entry.Place);
        entry.Place = place;
    }

    /// <summary>A page is written anew, with the places that its messages have now.</summary>
    internal void MovePage(MessageQueue queue, ColdPage page, List<StoredEntry> entries, List<StoredEntry> moved)
    {
        if (entries.Count == 0)
        {
            return;
        }

        LogMoved(queue, moved);
        ColdPage with = WritePage(queue, page.Level, CollectionsMarshal.AsSpan(entries));
        with.Live.Count(_journal!);
        Release(page.Live);
        queue.Replace(page, with);
    }
}
