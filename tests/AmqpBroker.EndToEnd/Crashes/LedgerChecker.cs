namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>
/// Compares what is in the queues after a start with the clients' history: plain code over plain data. A message without a
/// name is one whose body is none that was sent. What was found is entered, so that later checks hold the broker to it.
/// </summary>
internal static class LedgerChecker
{
    /// <summary>What is wrong, one line each; empty if nothing is.</summary>
    /// <param name="ledger">The history up to the end of the run before.</param>
    /// <param name="contents">All messages of every queue, in the queue's order.</param>
    public static List<string> Check(Ledger ledger, IReadOnlyDictionary<string, List<MessageId?>> contents)
    {
        List<string> faults = [];
        lock (ledger.Gate)
        {
            foreach ((string queue, List<MessageId?> found) in contents)
            {
                HashSet<MessageId> seen = CheckWhatIsThere(ledger, queue, found, faults);
                foreach (PublisherLedger publisher in ledger.Publishers.Where(p => p.Queues.Contains(queue)))
                {
                    CheckLosses(queue, ledger[queue], publisher, seen, faults);
                }
            }

            CheckFanout(ledger, contents, faults);
            foreach ((string queue, List<MessageId?> found) in contents)
            {
                ledger[queue].Found.UnionWith(found.OfType<MessageId>());
            }

            foreach (PublisherLedger publisher in ledger.Publishers)
            {
                publisher.IsPast = true;
            }
        }

        return faults;
    }

    private static HashSet<MessageId> CheckWhatIsThere(Ledger ledger, string queue, List<MessageId?> found, List<string> faults)
    {
        QueueLedger history = ledger[queue];
        HashSet<MessageId> seen = [];
        Dictionary<int, int> lastOfPublisher = [];
        foreach (MessageId? message in found)
        {
            if (message is not { } id)
            {
                faults.Add($"{queue}: a message that nobody sent");
                continue;
            }

            PublisherLedger? publisher = ledger.Publishers.ElementAtOrDefault(id.Publisher);
            if (publisher is null || !publisher.Queues.Contains(queue) || id.Sequence >= publisher.Sent)
            {
                faults.Add($"{queue}: {id} was not sent here");
            }
            else if (publisher.IsPast && !history.Found.Contains(id))
            {
                faults.Add($"{queue}: {id} was not there after the run that sent it, and is now");
            }

            if (!seen.Add(id))
            {
                faults.Add($"{queue}: {id} is there twice");
            }

            if (history.Settled.Contains(id))
            {
                faults.Add($"{queue}: {id} is back after its acknowledgement was on the disk");
            }

            if (lastOfPublisher.TryGetValue(id.Publisher, out int last) && last > id.Sequence)
            {
                faults.Add($"{queue}: {id} stands behind {last} of the same publisher");
            }

            lastOfPublisher[id.Publisher] = id.Sequence;
        }

        return seen;
    }

    /// <summary>
    /// What must be there: all that was confirmed or found before, and all that was sent before something that is there, since
    /// the log has no holes. What was acknowledged may be gone.
    /// </summary>
    private static void CheckLosses(
        string queue, QueueLedger history, PublisherLedger publisher, HashSet<MessageId> seen, List<string> faults)
    {
        int newest = seen.Where(id => id.Publisher == publisher.Id).Select(id => id.Sequence).DefaultIfEmpty(-1).Max();
        for (int sequence = 0; sequence < publisher.Sent; sequence++)
        {
            MessageId id = new(publisher.Id, sequence);
            if (seen.Contains(id) || history.AckSent.Contains(id))
            {
                continue;
            }

            if (publisher.Confirmed.Contains(sequence))
            {
                faults.Add($"{queue}: {id} was confirmed and is lost");
            }
            else if (history.Found.Contains(id))
            {
                faults.Add($"{queue}: {id} was there after a start and is lost");
            }
            else if (!publisher.IsPast && sequence < newest)
            {
                faults.Add($"{queue}: {id} is missing before {newest} of the same publisher");
            }
        }
    }

    /// <summary>One publish to several queues is in all of them or in none.</summary>
    private static void CheckFanout(Ledger ledger, IReadOnlyDictionary<string, List<MessageId?>> contents, List<string> faults)
    {
        Dictionary<string, HashSet<MessageId>> ids = contents.ToDictionary(c => c.Key, c => c.Value.OfType<MessageId>().ToHashSet());
        foreach (PublisherLedger publisher in ledger.Publishers.Where(p => p.Queues.Count > 1 && !p.IsPast))
        {
            for (int sequence = 0; sequence < publisher.Sent; sequence++)
            {
                MessageId id = new(publisher.Id, sequence);
                string[] have = [.. publisher.Queues.Where(q => ids[q].Contains(id))];
                string[] miss = [.. publisher.Queues.Where(q => !ids[q].Contains(id) && !ledger[q].AckSent.Contains(id))];
                if (have.Length > 0 && miss.Length > 0)
                {
                    faults.Add($"{id} is in {string.Join(", ", have)} and not in {string.Join(", ", miss)}");
                }
            }
        }
    }
}
