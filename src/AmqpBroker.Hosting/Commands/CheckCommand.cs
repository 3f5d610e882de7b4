using System.CommandLine;
using AmqpBroker.Hosting.Checks;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Commands;

/// <summary><c>amqpbroker check</c>: verifies a data directory that no broker uses, or a backup, and changes nothing.</summary>
internal static class CheckCommand
{
    /// <summary>Something is damaged.</summary>
    private const int Damaged = 1;

    /// <summary>It could not be checked: a broker uses it, it is none, or the disk refuses.</summary>
    private const int NotChecked = 2;

    public static Command Create()
    {
        var dataDirectory = new DataDirectoryOption();
        var backup = new Option<string?>("--backup") { Description = "Check a backup instead of a data directory.", HelpName = "FOLDER" };
        var json = new Option<bool>("--json") { Description = "Print the report as JSON." };
        var command = new Command(
            "check", "Verifies a data directory that no broker uses, file by file and queue by queue, every message included; changes nothing. Says on standard error how far it is. Ends with 0: whole, 1: damaged, 2: not checked.")
        {
            dataDirectory.Option, backup, json,
        };
        OfflineCommand.Set(
            command,
            (parsed, context) => parsed.GetValue(backup) is { } folder
                ? CheckBackupAsync(Path.GetFullPath(folder), parsed.GetValue(json), context)
                : CheckDirectoryAsync(dataDirectory.Read(parsed), parsed.GetValue(json), context),
            NotChecked);
        return command;
    }

    private static async Task<int> CheckDirectoryAsync(string directory, bool asJson, CommandContext context)
    {
        if (!Directory.Exists(Path.Combine(directory, StoreFolders.Journals)))
        {
            return await context.FailAsync($"'{directory}' is not the data directory of a broker", NotChecked).ConfigureAwait(false);
        }

        using DataDirectoryLock? held = DataDirectoryLock.TryAcquireExisting(directory);
        return held is null
            ? await context.FailAsync($"a broker uses '{directory}'; stop it, or check a backup of it", NotChecked).ConfigureAwait(false)
            : await PrintAsync(await DirectoryCheck.RunAsync(directory, ProgressOf(context), context.Cancelled).ConfigureAwait(false), asJson, context).ConfigureAwait(false);
    }

    private static async Task<int> CheckBackupAsync(string folder, bool asJson, CommandContext context)
    {
        BackupFolder backup = BackupFolder.Open(FileSystems.Machine, folder);
        IReadOnlyList<string> wrong = backup.Verify(new ProgressLines(context.Errors, "verified", backup.Bytes).Note, context.Cancelled);
        CheckReport report = await DirectoryCheck.RunAsync(folder, ProgressOf(context), context.Cancelled).ConfigureAwait(false);
        return await PrintAsync(report with { Whole = report.Whole && wrong.Count == 0, Damage = [.. wrong, .. report.Damage] }, asJson, context).ConfigureAwait(false);
    }

    private static Func<string, long, Action<long>> ProgressOf(CommandContext context) => (what, bytes) => new ProgressLines(context.Errors, what, bytes).Note;

    private static async Task<int> PrintAsync(CheckReport report, bool asJson, CommandContext context)
    {
        if (asJson)
        {
            await context.Output.WriteLineAsync(CheckJson.Write(report)).ConfigureAwait(false);
        }
        else
        {
            await CheckText.WriteAsync(context.Output, report).ConfigureAwait(false);
        }

        return report.Whole ? ExitCodes.Stopped : Damaged;
    }
}
