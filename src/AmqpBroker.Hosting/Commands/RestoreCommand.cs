using System.CommandLine;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Commands;

/// <summary><c>amqpbroker restore</c>: makes a data directory from a backup, all of it or nothing.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var dataDirectory = new DataDirectoryOption();
        var from = new Option<string>("--from") { Description = "The folder that 'amqpbroker backup' made.", HelpName = "FOLDER", Required = true };
        var command = new Command("restore", "Brings a backup into a data directory that is empty or not there.") { from, dataDirectory.Option };
        OfflineCommand.Set(command, (parsed, context) => RunAsync(parsed.GetRequiredValue(from), dataDirectory.Read(parsed), context));
        return command;
    }

    private static async Task<int> RunAsync(string folder, string directory, CommandContext context)
    {
        BackupFolder backup = BackupFolder.Open(FileSystems.Machine, folder);
        IReadOnlyList<string> wrong = backup.Verify(new ProgressLines(context.Errors, "verified", backup.Bytes).Note, context.Cancelled);
        if (wrong.Count > 0)
        {
            foreach (string what in wrong)
            {
                await context.Errors.WriteLineAsync(what).ConfigureAwait(false);
            }

            return await context.FailAsync($"the backup in '{folder}' is damaged; nothing was restored").ConfigureAwait(false);
        }

        backup.RestoreTo(directory, new ProgressLines(context.Errors, "restored", backup.Bytes).Note, context.Cancelled);
        await context.Output.WriteLineAsync(
            $"restore into '{directory}' complete: {backup.Manifest.Files.Count} files, {ProgressLines.Size(backup.Bytes)}, of {backup.Manifest.Created.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC by {backup.Manifest.Product}").ConfigureAwait(false);
        return ExitCodes.Stopped;
    }
}
