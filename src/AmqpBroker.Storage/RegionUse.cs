namespace AmqpBroker.Storage;

/// <summary>What one part of the log, which comes back to the disk as a whole, takes and holds.</summary>
/// <param name="Region">What <see cref="IJournal.RegionOf"/> gives for the positions in it.</param>
/// <param name="End">Where the positions in it end.</param>
/// <param name="FileBytes">What it takes on the disk, in bytes.</param>
/// <param name="LiveBytes">What of it is counted as needed, in bytes.</param>
/// <param name="ComesBackByItself">As soon as nothing in it is needed; not only with the next checkpoint.</param>
public readonly record struct RegionUse(long Region, long End, long FileBytes, long LiveBytes, bool ComesBackByItself);
