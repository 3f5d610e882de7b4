using AmqpBroker.Core.Queues;
using AmqpBroker.Core.VirtualHosts;

namespace AmqpBroker.Core.Snapshots;

/// <summary>
/// The queues of a virtual host by name, to be used again until a queue comes or goes: who turns the pages of a hundred
/// thousand queues, or asks for one name every few seconds, has them gathered once. Kept while memory allows.
/// </summary>
/// <param name="Version">The registry's, from before they were gathered: what came meanwhile makes it old.</param>
/// <param name="Queues">The queues, in order of their names; lane only.</param>
/// <param name="Names">Their names.</param>
internal sealed record QueueIndex(int Version, MessageQueue[] Queues, string[] Names)
{
    /// <summary>Queues of which a figure is read in one turn: a few nanoseconds each.</summary>
    private const int ReadsPerTurn = 1024;

    /// <summary>Reads a figure of all of them, in their order, over as many turns as it takes.</summary>
    internal async Task<long[]> ReadAsync(VirtualHostRuntime runtime, QueueFigure figure, CancellationToken cancellation)
    {
        long[] figures = new long[Queues.Length];
        if (figure != QueueFigure.None)
        {
            int next = 0;
            await new LaneRead(_ =>
            {
                for (int left = ReadsPerTurn; left > 0 && next < figures.Length; left--, next++)
                {
                    figures[next] = Read(Queues[next], figure);
                }

                return next < figures.Length;
            }).RunAsync(runtime, cancellation).ConfigureAwait(false);
        }

        return figures;
    }

    private static long Read(MessageQueue queue, QueueFigure figure) => figure switch
    {
        QueueFigure.Messages => queue.ReadyCount + queue.UnackedCount + queue.DelayedCount,
        QueueFigure.Ready => queue.ReadyCount,
        QueueFigure.Unacked => queue.UnackedCount,
        QueueFigure.ReadyBytes => queue.ReadyBytes,
        QueueFigure.Consumers => queue.Consumers.Count,
        _ => 0,
    };
}
