namespace AmqpBroker.Storage;

/// <summary>What one part of the log, which comes back to the disk as a whole, takes and holds.</summary>
/// <param name="Region">What <see cref="IJournal.RegionOf"/> gives for the positions in it.</param>
/// <param name="FileBytes">What it takes on the disk, in bytes.</param>
/// <param name="LiveBytes">What of it is counted as needed, in bytes.</param>
/// <param name="IsBelowCheckpoint">No restart replays it any more: it comes back as soon as nothing in it is needed.</param>
public readonly record struct RegionUse(long Region, long FileBytes, long LiveBytes, bool IsBelowCheckpoint);
