namespace AmqpBroker.Hosting.Checks;

/// <summary>The report as people read it.</summary>
internal static class CheckText
{
    public static async Task WriteAsync(TextWriter output, CheckReport report)
    {
        foreach (JournalReport journal in report.Journals)
        {
            await output.WriteLineAsync(
                $"journal {journal.Name}: {journal.Files} files, {journal.Bytes} bytes, {journal.Batches} batches, {journal.Images} images, replayed from {journal.ReplayedFrom}, {(journal.CleanStop ? "stopped in order" : "not stopped in order")}").ConfigureAwait(false);
            if (journal.TailBytes > 0)
            {
                await output.WriteLineAsync($"  {journal.TailBytes} bytes at its end, not known to be durable, are unfinished or damaged: a start cuts them off").ConfigureAwait(false);
            }

            if (journal.PutAside > 0)
            {
                await output.WriteLineAsync($"  {journal.PutAside} files in quarantine, from earlier starts").ConfigureAwait(false);
            }

            foreach (DamageReport damage in journal.Damage)
            {
                await output.WriteLineAsync($"  DAMAGED {(damage.File.Length == 0 ? "(no file)" : damage.File)} at {damage.Position}, {damage.Bytes} bytes: {damage.Reason}").ConfigureAwait(false);
            }
        }

        foreach (VirtualHostReport host in report.VirtualHosts)
        {
            await output.WriteLineAsync($"virtual host '{host.Name}': {host.Queues.Count} durable queues, {host.Queues.Sum(static q => q.Messages)} messages").ConfigureAwait(false);
            foreach (QueueReport queue in host.Queues)
            {
                await output.WriteLineAsync($"  queue '{queue.Name}': {queue.Messages} messages, {queue.Bytes} bytes ready").ConfigureAwait(false);
                if (queue.Damaged > 0)
                {
                    await output.WriteLineAsync($"    DAMAGED {queue.Damaged} of them cannot be read and would not be delivered: {queue.Why}").ConfigureAwait(false);
                }

                if (queue.WithoutIndex > 0)
                {
                    await output.WriteLineAsync($"    DAMAGED the index of {queue.WithoutIndex} of them cannot be read; they are found without it: {queue.Why}").ConfigureAwait(false);
                }
            }
        }

        foreach (string damage in report.Damage)
        {
            await output.WriteLineAsync($"DAMAGED {damage}").ConfigureAwait(false);
        }

        int places = report.Damage.Count + report.Journals.Sum(static j => j.Damage.Count);
        int messages = report.VirtualHosts.Sum(static h => h.Queues.Sum(static q => q.Damaged));
        string lost = messages > 0 ? $"; {messages} messages that are in queues cannot be read" : "";
        await output.WriteLineAsync(report.Whole ? $"'{report.Directory}' is whole" : $"'{report.Directory}' is damaged in {places} places{lost}").ConfigureAwait(false);
    }
}
