using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Runs;

/// <content>Steps that stop the broker, in scenarios of classes with <see cref="OwnBrokersAttribute"/>.</content>
internal sealed partial class Script
{
    /// <summary>
    /// Stops the broker in order, records what the connections that are still open hear of it, and starts it again on the
    /// same port and data.
    /// </summary>
    /// <param name="downMs">How long it stays down at least.</param>
    public void Restart(int downMs = 0)
    {
        Transcript.Note("(stop in order and start again)");
        Own.StopAsync().GetAwaiter().GetResult();
        foreach (Peer peer in _peers)
        {
            peer.WaitClosed();
        }

        Pass(downMs);
        StartAgain();
    }

    /// <summary>Kills the broker and starts it again on the same port and data. What connections hear of it is left out: it is a matter of luck.</summary>
    public void KillAndRestart()
    {
        Transcript.Note("(kill and start again)");
        // Its connections go with it, not before it: it must not come to handle their end.
        Own.KillAndRestartAsync().GetAwaiter().GetResult();
        foreach (Peer peer in _peers)
        {
            peer.Drop();
        }

        _peers.Clear();
    }

    private void StartAgain()
    {
        Own.RestartAsync().GetAwaiter().GetResult();
        foreach (Peer peer in _peers)
        {
            peer.Dispose();
        }

        _peers.Clear();
        Transcript.Note("(started again)");
    }
}
