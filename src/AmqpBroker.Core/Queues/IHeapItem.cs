namespace AmqpBroker.Core.Queues;

/// <summary>What can stand in an <see cref="IndexedHeap{T}"/>, in one at a time.</summary>
internal interface IHeapItem
{
    /// <summary>Where it stands, from 1 on; 0: in no heap. The heap's own to set.</summary>
    int HeapPlace { get; set; }
}
