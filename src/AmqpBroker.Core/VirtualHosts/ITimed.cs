using AmqpBroker.Core.Queues;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>What wants to be called at a time of its own: see <see cref="TimerHeap"/>. Lane only.</summary>
internal interface ITimed : IHeapItem
{
    /// <summary>The time has come. Sets a new one itself if it wants one.</summary>
    void Tick();
}
