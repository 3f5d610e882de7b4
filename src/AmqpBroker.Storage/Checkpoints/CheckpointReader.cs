using System.Diagnostics.CodeAnalysis;

namespace AmqpBroker.Storage;

/// <summary>The checkpoint that an opening starts from.</summary>
internal sealed record LoadedCheckpoint(ulong JournalId, long Number, long Epoch, long ReplayFrom, long Durable, long Images)
{
    /// <summary>False when all that is left of it is its manifest.</summary>
    public bool HasImages { get; init; } = true;
}

/// <summary>
/// Reads the newest checkpoint. A damaged image is put aside and the others are given; a damaged manifest is replaced by what
/// the images file says of itself, and the other way round.
/// </summary>
internal static class CheckpointReader
{
    /// <summary>Gives every image to the replay. Null when there is no checkpoint.</summary>
    public static LoadedCheckpoint? LoadNewest(IFileSystem fileSystem, string directory, IJournalReplay replay, QuarantineFolder quarantine)
    {
        IReadOnlyList<string> names = fileSystem.ListFiles(directory);
        SortedSet<long> numbers = [];
        foreach (string name in names)
        {
            if (StoreNames.TryParseManifest(name, out long number) || StoreNames.TryParseImages(name, out number))
            {
                numbers.Add(number);
            }
        }

        LoadedCheckpoint? withoutImages = null;
        foreach (long number in numbers.Reverse())
        {
            LoadedCheckpoint? loaded = Load(fileSystem, directory, number, replay, quarantine);
            if (loaded is { HasImages: true })
            {
                // What a newer one knew to be durable is so still.
                return loaded with { Durable = Math.Max(loaded.Durable, withoutImages?.Durable ?? 0) };
            }

            withoutImages ??= loaded;
        }

        return withoutImages;
    }

    /// <summary>The highest number a checkpoint's file has, readable or not.</summary>
    public static long HighestNumber(IFileSystem fileSystem, string directory)
    {
        long highest = 0;
        foreach (string name in fileSystem.ListFiles(directory))
        {
            if (StoreNames.TryParseManifest(name, out long number) || StoreNames.TryParseImages(name, out number))
            {
                highest = Math.Max(highest, number);
            }
        }

        return highest;
    }

    private static LoadedCheckpoint? Load(IFileSystem fileSystem, string directory, long number, IJournalReplay replay, QuarantineFolder quarantine)
    {
        string imagesName = StoreNames.Images(number);
        string manifestName = StoreNames.Manifest(number);
        bool hasManifest = fileSystem.FileExists(Path.Combine(directory, manifestName));
        bool hasImages = fileSystem.FileExists(Path.Combine(directory, imagesName));
        CheckpointHeader header = default;
        bool known = hasManifest && ReadManifest(fileSystem, directory, manifestName, quarantine, out header);
        if (!hasImages)
        {
            if (known)
            {
                quarantine.Add(new QuarantinedRange(imagesName, 0, 0, "the checkpoint's images are missing"), null, 0);
                return Result(header, 0) with { HasImages = false };
            }

            return null;
        }

        using IFile images = fileSystem.Open(Path.Combine(directory, imagesName), create: false);
        FileWindow window = new(images);
        if (CheckpointHeader.TryRead(window.Peek(0, CheckpointHeader.Bytes), CheckpointHeader.ImagesMagic, out CheckpointHeader own))
        {
            // Its header is written and synced last: whole, it stands for all of the file, with or without a manifest.
            header = own;
        }
        else if (known)
        {
            quarantine.Add(new QuarantinedRange(imagesName, 0, CheckpointHeader.Bytes, "the header of the checkpoint's images"), images, 0);
        }
        else
        {
            // Not finished (then the one before still counts), or damaged beyond use.
            if (hasManifest)
            {
                quarantine.Add(new QuarantinedRange(imagesName, 0, window.Length, "neither the manifest nor the images' header can be read"), images, 0);
            }

            return null;
        }

        return Result(header, ReadImages(window, images, imagesName, header, replay, quarantine));
    }

    private static LoadedCheckpoint Result(CheckpointHeader header, long images) =>
        new(header.JournalId, header.Number, header.Epoch, header.ReplayFrom, header.Durable, images);

    private static bool ReadManifest(IFileSystem fileSystem, string directory, string name, QuarantineFolder quarantine, out CheckpointHeader header)
    {
        using IFile file = fileSystem.Open(Path.Combine(directory, name), create: false);
        byte[] bytes = new byte[(int)Math.Min(file.Length, 1 << 20)];
        int count = file.Read(0, bytes);
        if (ManifestEntry.TryReadManifest(bytes.AsSpan(0, count), out header, out _))
        {
            return true;
        }

        quarantine.Add(new QuarantinedRange(name, 0, count, "the manifest of a checkpoint"), file, 0);
        return false;
    }

    private static long ReadImages(FileWindow window, IFile file, string name, CheckpointHeader header, IJournalReplay replay, QuarantineFolder quarantine)
    {
        long images = 0;
        long seen = 0;
        long offset = CheckpointHeader.Bytes;
        long end = header.CopiesAt == 0 ? window.Length : Math.Min(header.CopiesAt, window.Length);
        while (offset < end)
        {
            bool whole = TryImage(window, offset, out ImageFrame? frame, out ReadOnlySpan<byte> image);
            if (!whole && header.CopiesAt > 0 && TryImage(window, header.CopiesAt + offset - CheckpointHeader.Bytes, out ImageFrame? copy, out ReadOnlySpan<byte> copied))
            {
                quarantine.Add(new QuarantinedRange(name, offset, copy.Value.FrameAndImageBytes, "an image of the checkpoint, of which the copy is whole: nothing is lost"), file, offset);
                whole = true;
                frame = copy;
                image = copied;
            }

            long next = frame is { } known ? offset + known.FrameAndImageBytes : NextFrame(window, offset + 1, end);
            seen += frame is null ? 0 : 1;
            if (!whole)
            {
                quarantine.Add(new QuarantinedRange(name, offset, next - offset, "an image of the checkpoint"), file, offset);
            }
            else if (Gives(replay, frame!.Value.Stamp, image) is { } fault)
            {
                quarantine.Add(new QuarantinedRange(name, offset, next - offset, $"an image cannot be understood: {fault}"), file, offset);
            }
            else
            {
                images++;
            }

            offset = next;
        }

        if (seen < header.Images && offset == end)
        {
            quarantine.Add(new QuarantinedRange(name, offset, 0, $"{header.Images - seen} images are missing"), null, 0);
        }

        return images;
    }

    /// <summary>Gives true when a whole image stands there; the frame tells its length as far as that can be read.</summary>
    private static bool TryImage(FileWindow window, long offset, [NotNullWhen(true)] out ImageFrame? frame, out ReadOnlySpan<byte> image)
    {
        image = default;
        frame = null;
        if (!ImageFrame.TryRead(window.Peek(offset, ImageFrame.Bytes), out ImageFrame found) || offset + found.FrameAndImageBytes > window.Length)
        {
            return false;
        }

        frame = found;
        image = window.Peek(offset + ImageFrame.Bytes, (int)found.Length);
        return Crc32C.Of(image) == found.Crc;
    }

    /// <summary>Null, or what the receiver does not understand.</summary>
    private static string? Gives(IJournalReplay replay, long stamp, ReadOnlySpan<byte> image)
    {
        try
        {
            replay.Image(stamp, image);
            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    private static long NextFrame(FileWindow window, long offset, long end)
    {
        while (offset + ImageFrame.Bytes <= end)
        {
            if (ImageFrame.TryRead(window.Peek(offset, ImageFrame.Bytes), out _))
            {
                return offset;
            }

            offset++;
        }

        return end;
    }
}
