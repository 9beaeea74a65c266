"""Which column of a list holds which field: headings in Chinese (both scripts) and English, or mapped by
hand."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from server.domain.errors import DomainError

# field -> headings it goes by, folded as `fold_heading` does. The first is the name shown to people.
OUTLET_HEADINGS: Final = MappingProxyType(
    {
        "code": """
            code 编号 編號 编码 編碼 门店编号 門店編號 门店编码 門店編碼 店号 店號 客户编号 客戶編號
            客户编码 客戶編碼 门店代码 店铺编号 店鋪編號 终端编号 id storecode outletcode customercode
            outletid storeid customerid no
        """,
        "name": """
            name 名称 名稱 店名 门店名称 門店名稱 门店 門店 店铺名称 店鋪名稱 店舖名稱 商店名称 商店名稱
            客户名称 客戶名稱 终端名称 終端名稱 商户名称 网点名称 分店 分店名稱 分店名称 outlet
            outletname store storename shop shopname customer customername namezh namecn chinesename
            中文名 中文名称 中文名稱
        """,
        "name_en": """
            nameen 英文名 英文名称 英文名稱 英文店名 englishname nameenglish nameinenglish storenameen
            outletnameen
        """,
        "chain": "chain 连锁 連鎖 连锁品牌 連鎖品牌 所属连锁 所屬連鎖 系统 banner chainname keyaccount ka",
        "outlet_class": """
            class 等级 等級 级别 級別 类别 類別 门店等级 門店等級 客户等级 客戶等級 门店级别 分级 分級
            outletclass storeclass grade tier 等级abc
        """,
        "channel": """
            channel 渠道 通路 业态 業態 渠道类型 渠道類型 门店类型 門店類型 类型 類型 outlettype
            storetype type format
        """,
        "address": """
            address 地址 门店地址 門店地址 店铺地址 店鋪地址 详细地址 詳細地址 客户地址 客戶地址 收货地址
            送貨地址 送货地址 addr streetaddress street location 位置
        """,
        "latitude": "latitude 纬度 緯度 lat y gps纬度 gps緯度 纬度坐标 緯度坐標",
        "longitude": "longitude 经度 經度 lon lng long x gps经度 gps經度 经度坐标 經度坐標",
        "contact_name": """
            contactname 联系人 聯絡人 聯繫人 联系人姓名 聯絡人姓名 联络人 店主 老板 老闆 负责人 負責人
            业主 店长 店長 contact contactperson owner ownername manager
        """,
        "contact_phone": """
            contactphone 电话 電話 联系电话 聯絡電話 聯繫電話 手机 手機 手机号 手機號 手机号码 手機號碼
            电话号码 電話號碼 联系方式 聯絡方式 联系人电话 聯絡人電話 店主电话 phone tel telephone mobile
            phonenumber mobilenumber cell
        """,
        "hours": """
            openinghours 营业时间 營業時間 开放时间 開放時間 营业时段 營業時段 hours businesshours
            tradinghours open
        """,
        "frequency": """
            frequency 拜访频率 拜訪頻率 频率 頻率 拜访频次 拜訪頻次 频次 頻次 visitfrequency
            visitsperweek callfrequency
        """,
        "minutes": """
            minutes 分钟 分鐘 拜访时长 拜訪時長 时长 時長 服务时间 服務時間 拜访分钟 拜訪分鐘 停留时间
            servicetime serviceminutes visitminutes duration visitduration
        """,
        "note": "note 备注 備註 附注 附註 说明 說明 notes remark remarks comment comments memo",
    }
)
SKU_HEADINGS: Final = MappingProxyType(
    {
        "code": """
            code 编号 編號 编码 編碼 商品编码 商品編碼 商品编号 商品編號 产品编码 產品編碼 产品编号 货号
            貨號 料号 sku skucode 单品编码 單品編碼 itemcode itemno productcode articleno id
        """,
        "name": """
            name 名称 名稱 品名 商品名称 商品名稱 产品名称 產品名稱 单品 單品 单品名称 單品名稱 商品 产品
            產品 productname product item itemname skuname description 中文名 中文名称 中文名稱 namezh
            namecn
        """,
        "name_en": "nameen 英文名 英文名称 英文名稱 英文品名 englishname nameenglish productnameen",
        "brand": "brand 品牌 牌子 brandname",
        "pack": """
            pack 箱规 箱規 包装 包裝 包装规格 包裝規格 规格 規格 装箱数 裝箱數 每箱数量 每箱數量 件装数
            箱入数 入数 入數 packsize casesize piecespercase unitspercase caseqty packing units
        """,
        "volume_ml": "volume 容量 净含量 淨含量 毫升 单品容量 volumeml ml size content netcontent",
        "price": """
            price 单价 單價 价格 價格 售价 售價 供货价 供貨價 出厂价 批发价 批發價 零售价 零售價 元
            unitprice pieceprice listprice
        """,
        "price_minor": "priceminor 价格分 價格分 单价分 單價分 分 pricefen pricecents fen cents minor",
        "barcode": """
            barcode 条码 條碼 条形码 條形碼 商品条码 商品條碼 国际条码 國際條碼 ean ean13 gtin upc 69码
        """,
        "must_sell": """
            mustsell 必销 必銷 必销品 必銷品 必销等级 必銷等級 必卖 必賣 msl mustsellclasses mustsellclass
        """,
        "position": """
            position 顺序 順序 排序 序号 序號 sort order sequence rank 清点顺序 清點順序
        """,
    }
)
HEADINGS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"outlets": OUTLET_HEADINGS, "skus": SKU_HEADINGS}
)
# Rows looked at to find the headings below a title.
HEADING_ROWS: Final = 10
_NOT_WORD = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"[(（\[【<《].*?[)）\]】>》]")


class UnknownMapping(DomainError):
    """A mapping by hand that names a field or a heading that there is not."""

    def __init__(self, rule: str, **params: str) -> None:
        super().__init__("mapping", rule, **params)


def fold_heading(heading: str) -> str:
    """A heading without case, width, spaces, marks and what stands in brackets (units, remarks)."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return _NOT_WORD.sub("", _BRACKETS.sub("", text)) or _NOT_WORD.sub("", text)


def _by_heading(kind: str) -> dict[str, str]:
    return {
        fold_heading(name): field
        for field, names in HEADINGS[kind].items()
        for name in [field.replace("_", ""), *names.split()]
    }


def recognise(kind: str, headings: Sequence[str]) -> dict[str, int]:
    """field -> column, for the headings that are known. The first column of a field counts."""
    known = _by_heading(kind)
    found: dict[str, int] = {}
    for column, heading in enumerate(headings):
        whole = unicodedata.normalize("NFKC", heading).casefold()
        field = known.get(fold_heading(heading))
        # "单价(分)", "price (fen)": here the bracket says what the column is.
        if field == "price" and re.search(r"[(\[【](分|fen|cents?|minor)", whole):
            field = "price_minor"
        if field is not None:
            found.setdefault(field, column)
    return found


def find_heading_row(kind: str, rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Index of the heading row among the first rows of a list: the one with the most known headings.

    Lists made for people have a title above. Without any known heading the first row it is, to be mapped by
    hand.
    """
    scores = [len(recognise(kind, cells)) for _, cells in rows[:HEADING_ROWS]]
    best = max(scores, default=0)
    # One known word alone may be data: a store called "Open", an "x" in a column of ticks.
    return scores.index(best) if best >= 2 else 0


def columns_of(kind: str, headings: Sequence[str], by_hand: Mapping[str, str]) -> dict[str, int]:
    """field -> column: what is recognised, overruled by `by_hand` (field -> heading; "" leaves a field out).

    A column that is given to a field by hand is taken from the field that it was recognised as.
    Errors: UnknownMapping `unknown_import_field`, `unknown_heading`.
    """
    columns = recognise(kind, headings)
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        places.setdefault(heading.strip(), place)
    for field, heading in by_hand.items():
        if field not in HEADINGS[kind]:
            raise UnknownMapping("unknown_import_field", given=field, allowed=", ".join(HEADINGS[kind]))
        if not heading:
            columns.pop(field, None)
            continue
        column = places.get(heading.strip())
        if column is None:
            raise UnknownMapping("unknown_heading", heading=heading[:80], allowed=", ".join(places)[:400])
        for other in [name for name, place in columns.items() if place == column and name not in by_hand]:
            del columns[other]
        columns[field] = column
    return columns


def ignored_headings(headings: Sequence[str], columns: Mapping[str, int]) -> list[str]:
    """Headings of columns that no field takes."""
    used = set(columns.values())
    return [heading for column, heading in enumerate(headings) if column not in used and heading.strip()]
