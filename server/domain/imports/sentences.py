"""What the import says of a file, a row or a field: rule -> (zh-CN, en), parameters in braces."""

from types import MappingProxyType
from typing import Final

# What is refused as a whole: code -> (zh-CN, en).
TITLES: Final = MappingProxyType(
    {
        "unreadable_file": ("文件无法读取", "The file cannot be read"),
        "no_import": ("没有这次导入", "There is no such import"),
        "no_geocoder": ("没有配置地址查询服务", "No geocoder is configured"),
        "import_confirmed": ("这次导入已经确认过了", "This import was confirmed before"),
    }
)
SENTENCES: Final = MappingProxyType(
    {
        # the file
        "empty_file": ("文件里没有内容", "the file is empty"),
        "no_file": ("没有这个文件", "there is no such file"),
        "no_rows": ("文件只有标题行，没有数据", "the file has headings but no rows"),
        "no_name_column": (
            "没有认出名称列；请指定（name=标题）。标题有：{headings}",
            "no column of names was recognised; map it (name=heading). Headings are: {headings}",
        ),
        "file_too_large": ("文件超过 {most} MB", "the file is larger than {most} MB"),
        "not_a_table": ("这是 {format} 文件，不是 CSV 或 XLSX", "this is a {format} file, not CSV or XLSX"),
        "old_or_locked_workbook": (
            "这是旧版 Excel（.xls）或加了密码的文件；请另存为没有密码的 .xlsx",
            "this is an old Excel file (.xls) or has a password; save it as .xlsx without one",
        ),
        "binary": ("这不是文本文件，不是 CSV 或 XLSX", "this is not text, so neither CSV nor XLSX"),
        "nul_bytes": ("文件里有零字节，内容已损坏", "the file holds zero bytes, so it is damaged"),
        "unknown_coding": (
            "不认识编码“{coding}”；可用：{tried}",
            "unknown coding “{coding}”; known are {tried}",
        ),
        "wrong_coding": (
            "无法识别文字编码；试过 {tried}。请另存为 UTF-8",
            "the text coding is not recognised; tried {tried}. Save the file as UTF-8",
        ),
        "broken_utf8": (
            "文件是 UTF-8，但这一行有损坏的字符",
            "the file is UTF-8, but a character on this line is damaged",
        ),
        "half_character": (
            "文件（{coding}）在一个字符中间断开，没有传完整",
            "the file ({coding}) breaks off within a character; it is not complete",
        ),
        "half_file": (
            "文件在这一行断开（只有 {cells} 列，应有 {columns} 列），没有传完整",
            "the file breaks off in this row ({cells} cells of {columns}); it is not complete",
        ),
        "open_quote": (
            "这一行有引号没有结束，文件可能不完整",
            "a quote opened in this row is never closed; the file may be incomplete",
        ),
        "cell_too_long_or_open_quote": (
            "这一行有引号没有结束，或单元格太长",
            "a quote in this row is never closed, or a cell is far too long",
        ),
        "broken_quotes": ("这一行的引号用法不对", "the quotes in this row are broken"),
        "too_many_rows": ("超过 {most} 行；请分成几个文件", "more than {most} rows; split the file"),
        "too_many_columns": ("超过 {most} 列", "more than {most} columns"),
        "cell_too_long": (
            "第 {column} 列的内容超过 {most} 个字符",
            "the cell in column {column} has more than {most} characters",
        ),
        "broken_archive": ("文件已损坏或没有传完整", "the workbook is damaged or incomplete"),
        "broken_workbook": ("工作簿已损坏，无法打开", "the workbook is damaged and cannot be opened"),
        "not_a_workbook": ("这是压缩包，不是 Excel 工作簿", "this is a zip file, not an Excel workbook"),
        "nested_archive": (
            "工作簿里还有压缩包或别的工作簿，已拒绝",
            "the workbook holds another archive; refused",
        ),
        "too_many_entries": ("工作簿里的部件超过 {most} 个", "the workbook has more than {most} parts"),
        "unpacked_too_large": ("解压后超过 {most} MB", "it unpacks to more than {most} MB"),
        "packed_too_tightly": (
            "压缩率异常（超过 {most} 倍），已拒绝",
            "it is packed suspiciously tightly (more than {most} times); refused",
        ),
        "workbook_too_large": (
            "工作表太大，无法打开；请删去数据以外的单元格",
            "the sheet is too large to open; delete the cells beyond the data",
        ),
        # the mapping
        "unknown_import_field": (
            "没有“{given}”这个字段；可用：{allowed}",
            "no field “{given}”; there are {allowed}",
        ),
        "unknown_heading": (
            "文件里没有标题“{heading}”；有：{allowed}",
            "no heading “{heading}”; there are {allowed}",
        ),
        # a row
        "extra_cells": (
            "有 {cells} 列，标题只有 {columns} 列；可能少了引号",
            "has {cells} cells under {columns} headings; quotes may be missing",
        ),
        "missing_name": ("没有名称", "has no name"),
        "missing_pack": ("没有箱规（每箱几件）", "has no pack (pieces in a case)"),
        "name_built": (
            "没有名称列，名称由连锁和地址组成",
            "no name column: the name is built from chain and address",
        ),
        "brand_set": ("没有品牌，归入“{brand}”", "has no brand and goes under “{brand}”"),
        "text_too_long": ("有 {length} 个字符，最多 {most} 个", "has {length} characters, {most} at most"),
        "control_character": ("含有控制字符或乱码", "holds control characters or damaged text"),
        "bad_number": ("“{given}”不是数字", "“{given}” is not a number"),
        "not_whole": ("“{given}”不是整数", "“{given}” is not a whole number"),
        "out_of_range": ("“{given}”须在 {least} 到 {most} 之间", "“{given}” must be from {least} to {most}"),
        "too_many_decimals": ("“{given}”小数超过两位", "“{given}” has more than two decimals"),
        "bad_pack": (
            "“{given}”看不出每箱几件（1 到 {most}）",
            "“{given}” does not say pieces in a case (1 to {most})",
        ),
        "bad_volume": ("“{given}”不是容量", "“{given}” is not a volume"),
        "bad_barcode": ("“{given}”不是有效的条码", "“{given}” is not a valid barcode"),
        "bad_hours": ("“{given}”看不出营业时间", "“{given}” cannot be read as opening hours"),
        "bad_frequency": ("“{given}”看不出拜访频率", "“{given}” cannot be read as a visit frequency"),
        "unknown_class": (
            "没有“{given}”这个等级，只有 A、B、C、D",
            "no class “{given}”; there are A, B, C and D",
        ),
        "phone_masked": (
            "号码是打码的，没有导入",
            "The number is masked and was not taken over",
        ),
        "phone_kept_raw": (
            "看不出是电话号码，按原样保留",
            "cannot be read as a phone number and is kept as it is",
        ),
        "spaces_restored": ("%20 已还原为空格", "had %20 where spaces belong; they are spaces now"),
        "no_position": ("没有坐标", "has no position"),
        "half_position": ("只有经度或只有纬度", "has only one of latitude and longitude"),
        "impossible_position": (
            "坐标 {latitude}, {longitude} 不在地球上",
            "the position {latitude}, {longitude} is not on the globe",
        ),
        "zero_position": ("坐标是 0, 0，不是真实位置", "the position is 0, 0, which is no real one"),
        "swapped_position": (
            "经度和纬度对调了（{latitude}, {longitude}）",
            "latitude and longitude are exchanged ({latitude}, {longitude})",
        ),
        "position_from_geocoder": (
            "坐标由地址查得，请核对",
            "the position was looked up from the address; check it",
        ),
        "no_position_found": ("按地址没有查到坐标", "no position was found for the address"),
        # copies
        "same_code_in_file": ("编号与第 {row} 行相同", "has the same code as row {row}"),
        "same_code_in_book": (
            "编号与已有门店 {outlet} 相同",
            "has the same code as outlet {outlet} in the book",
        ),
        "same_outlet_in_file": ("名称和地址与第 {row} 行相同", "has the same name and address as row {row}"),
        "same_outlet_in_book": (
            "名称和地址与已有门店 {outlet} 相同",
            "has the same name and address as outlet {outlet} in the book",
        ),
        "near_duplicate_in_file": (
            "名称与第 {row} 行相近，相距 {metres} 米",
            "has a name like row {row}, {metres} m away",
        ),
        "near_duplicate_in_book": (
            "名称与已有门店 {outlet} 相近，相距 {metres} 米",
            "has a name like outlet {outlet} in the book, {metres} m away",
        ),
        "same_sku_in_file": ("与第 {row} 行是同一单品（{by}）", "is the same SKU as row {row} (by {by})"),
        "same_sku_in_book": ("与已有单品 {sku} 相同（{by}）", "is SKU {sku} of the book (by {by})"),
        # the deed
        "not_a_duplicate_row": ("第 {row} 行不是重复行", "row {row} is not held out as a duplicate"),
        "same_code_cannot_go_in": (
            "第 {row} 行的编号已被使用，不能导入",
            "row {row} cannot go in: its code is taken",
        ),
    }
)
