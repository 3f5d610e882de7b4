using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>The way from the core back to a connection. What is said "in the lane" must only note and enqueue: no I/O, no waiting.</summary>
public interface ISessionOutput
{
    /// <summary>Frames to send, in order after all enqueued before. In the lane.</summary>
    void Enqueue(OutboundChunk chunk);

    /// <summary>Sends what was enqueued as far as the socket takes it. Outside the lane, on any thread, also while another flushes.</summary>
    void Flush();

    /// <summary>
    /// The core closed the channel and put channel.close among the frames: from now on only channel.close and
    /// channel.close-ok count on it. In the lane, before the frames can reach the peer.
    /// </summary>
    void ChannelClosing(ChannelSession channel);

    /// <summary>The core gave the session up and put connection.close among the frames. In the lane, before the frames can reach the peer.</summary>
    void ConnectionClosing();

    /// <summary>
    /// Deliveries were not settled in time: their consumer is cancelled, or their channel closed. Worth a line to operators.
    /// In the lane.
    /// </summary>
    /// <param name="channel">The channel's number.</param>
    /// <param name="queue">Where they go back to; of several queues one.</param>
    /// <param name="timeoutMs">The time they had, in milliseconds.</param>
    void TimedOut(ushort channel, ShortString queue, long timeoutMs)
    {
    }

    /// <summary>The client has taken so much of what it asked for that <see cref="Session.IsOverdrawn"/> no longer holds. In the lane.</summary>
    void DebtTaken()
    {
    }

    /// <summary>The session is over and everything of it cleaned up; the last frames are still to come. In the lane, once.</summary>
    void SessionEnded()
    {
    }
}
