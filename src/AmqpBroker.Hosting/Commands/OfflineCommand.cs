using System.CommandLine;

namespace AmqpBroker.Hosting.Commands;

/// <summary>A command beside the broker: what the disk refuses is said in one line, and a signal ends it in order.</summary>
internal static class OfflineCommand
{
    /// <summary>Has a command run like this.</summary>
    public static void Set(Command command, Func<ParseResult, CommandContext, Task<int>> run, int refused = ExitCodes.Failed) => command.SetAction(async (parsed, _) =>
    {
        using var context = new CommandContext(Console.Out, Console.Error);
        try
        {
            return await run(parsed, context).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await context.FailAsync(e.Message, refused).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.Cancelled.IsCancellationRequested)
        {
            return await context.FailAsync("stopped before it was done; nothing of it is left", refused).ConfigureAwait(false);
        }
    });
}
