using System.CommandLine;
using AmqpBroker.Control;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Commands;

/// <summary>
/// <c>amqpbroker backup</c>: a consistent copy of a data directory. A broker that runs holds its files meanwhile, and is asked
/// over its control socket; a directory that nobody uses is locked.
/// </summary>
internal static class BackupCommand
{
    /// <summary>A tenth or less of what a disk writes today: commits hardly notice.</summary>
    private const string DefaultRate = "50MB";

    public static Command Create()
    {
        var dataDirectory = new DataDirectoryOption();
        var to = new Option<string>("--to") { Description = "The folder to make; must not be there, or be empty.", HelpName = "FOLDER", Required = true };
        var rate = new Option<string>("--rate")
        {
            Description = "Bytes a second to copy at most, so that the broker's own writing goes first; 0 for no limit.",
            HelpName = "SIZE",
            DefaultValueFactory = static _ => DefaultRate,
        };
        var command = new Command("backup", "Copies the data directory of a broker, running or not, into a folder.") { dataDirectory.Option, to, rate };
        OfflineCommand.Set(command, (parsed, context) => ByteSize.TryParse(parsed.GetRequiredValue(rate)) is { } bytesPerSecond
            ? RunAsync(dataDirectory.Read(parsed), parsed.GetRequiredValue(to), bytesPerSecond, context)
            : context.FailAsync($"--rate is a size such as 50MB, not '{parsed.GetValue(rate)}'", ExitCodes.BadOption));
        return command;
    }

    private static async Task<int> RunAsync(string directory, string folder, long bytesPerSecond, CommandContext context)
    {
        if (!Directory.Exists(Path.Combine(directory, StoreFolders.Journals)))
        {
            return await context.FailAsync($"'{directory}' is not the data directory of a broker").ConfigureAwait(false);
        }

        DateTimeOffset created = DateTimeOffset.UtcNow;
        using BackupTarget target = BackupTarget.Prepare(FileSystems.Machine, folder);
        using (DataDirectoryLock? stopped = DataDirectoryLock.TryAcquireExisting(directory))
        {
            if (stopped is not null)
            {
                Copy(target, StoppedJournals(directory), bytesPerSecond, context.Errors, context.Cancelled);
            }
            else
            {
                await CopyRunningAsync(directory, target, bytesPerSecond, context).ConfigureAwait(false);
            }
        }

        long bytes = target.Files.Sum(static f => f.Bytes);
        target.Complete(created, Product.Text, new ProgressLines(context.Errors, "read back", bytes).Note, context.Cancelled);
        await context.Output.WriteLineAsync(
            $"backup of '{directory}' complete: {target.Files.Count} files, {ProgressLines.Size(bytes)}, in '{Path.GetFullPath(folder)}'").ConfigureAwait(false);
        return ExitCodes.Stopped;
    }

    private static async Task CopyRunningAsync(string directory, BackupTarget target, long bytesPerSecond, CommandContext context)
    {
        using var client = new ControlClient(directory);
        using RemoteHold held = await client.HoldAsync(context.Cancelled).ConfigureAwait(false);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.Cancelled, held.Lost);
        try
        {
            Copy(
                target,
                [.. held.Journals.Select(j => new JournalSource(
                    j.Name, Path.Combine(directory, StoreFolders.Journals, j.Name), [.. j.Files.Select(static f => new FilePart(f.Name, f.Bytes))]))],
                bytesPerSecond,
                context.Errors,
                ended.Token);
        }
        catch (OperationCanceledException e) when (held.Lost.IsCancellationRequested)
        {
            throw new ControlException("the broker stopped while its data was copied; run the backup again", e);
        }
    }

    private static List<JournalSource> StoppedJournals(string directory)
    {
        List<JournalSource> journals = [];
        foreach (string journal in StoreFolders.JournalsIn(directory))
        {
            FileJournal.CheckFormat(FileSystems.Machine, journal);
            journals.Add(JournalSource.OfStopped(FileSystems.Machine, journal));
        }

        return journals;
    }

    private static void Copy(BackupTarget target, List<JournalSource> journals, long bytesPerSecond, TextWriter errors, CancellationToken cancellation)
    {
        var progress = new ProgressLines(errors, "copied", journals.Sum(static j => j.Bytes));
        var pace = new CopyPace(bytesPerSecond);
        foreach (JournalSource journal in journals)
        {
            target.Copy(journal, pace, progress.Note, cancellation);
        }
    }
}
