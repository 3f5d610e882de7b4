namespace AmqpBroker.Storage;

/// <summary>The file systems to choose from.</summary>
public static class FileSystems
{
    /// <summary>The machine's own.</summary>
    public static IFileSystem Machine { get; } = OperatingSystem.IsLinux() ? new LinuxFileSystem() : new PortableFileSystem();
}
