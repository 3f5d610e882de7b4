namespace AmqpBroker.Architecture;

/// <summary>Rooms look only where <see cref="Rooms"/> says: in their project files and in what the compiler made of them.</summary>
public sealed class ArrowTests
{
    public static TheoryData<string> RoomNames => [.. Rooms.All];

    public static TheoryData<string, string> InterfaceArrows =>
        [.. Rooms.InterfacesOnly.SelectMany(arrow => arrow.Value.Select(to => (arrow.Key, to)))];

    [Fact]
    public void Every_project_of_src_is_a_room_with_arrows() =>
        Assert.Equal(Rooms.All.Select(Rooms.ProjectFile).Order(StringComparer.Ordinal), Repository.In(".csproj", "src").Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void A_project_file_refers_only_along_the_arrows(string room) =>
        Assert.Subset(
            Rooms.SeenBy(room).ToHashSet(),
            Repository.Items(Rooms.ProjectFile(room), "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))).ToHashSet());

    [Theory]
    [MemberData(nameof(RoomNames))]
    public void Compiled_code_refers_only_along_the_arrows(string room)
    {
        using var compiled = new CompiledRoom(room);
        Assert.Subset(Rooms.SeenBy(room).ToHashSet(), compiled.Rooms.ToHashSet());
    }

    [Theory]
    [MemberData(nameof(InterfaceArrows))]
    public void Of_some_rooms_only_the_interfaces_are_seen(string room, string other)
    {
        using var compiled = new CompiledRoom(room);
        Assert.Subset(CompiledRoom.InterfaceTypesOf(other).ToHashSet(), compiled.TypesOf(other).ToHashSet());
    }

    [Fact]
    public void A_class_behind_an_interface_is_not_one_of_the_interface_types()
    {
        IReadOnlySet<string> types = CompiledRoom.InterfaceTypesOf("AmqpBroker.Storage");
        Assert.Contains("AmqpBroker.Storage.IJournal", types);
        Assert.Contains("AmqpBroker.Storage.JournalBatch", types);
        Assert.DoesNotContain("AmqpBroker.Storage.MemoryJournal", types);
    }

    [Fact]
    public void The_checker_of_histories_refers_to_nothing_that_it_could_share_an_error_with()
    {
        const string Project = "tests/AmqpBroker.HistoryCheck/AmqpBroker.HistoryCheck.csproj";
        string[] kinds = ["ProjectReference", "PackageReference", "Reference", "Compile", "Import"];
        Assert.Empty(kinds.SelectMany(kind => Repository.Items(Project, kind)));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("AmqpBroker.sln").Replace('\\', '/');
        Assert.DoesNotContain(
            Repository.In(".csproj", "src", "tests", "interop-tests", "tools"),
            project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
    }
}
